import { whole } from '../../vitest.config.mts';

export default whole('e2e');
