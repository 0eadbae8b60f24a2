import { whole } from '../../vitest.config.mts';

export default whole('faults');
