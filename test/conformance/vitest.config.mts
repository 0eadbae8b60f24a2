import { conformance } from '../../vitest.config.mts';

export default conformance();
