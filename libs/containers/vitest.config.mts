import { unit } from '../../vitest.config.mts';

export default unit('containers');
