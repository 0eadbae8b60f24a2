// SPDX-License-Identifier: Apache-2.0
export { isAbort, raceAbort, withDeadline } from './abort.ts';
export { doubling, fullJitter, type BackoffOptions } from './backoff.ts';
export { compareBytes, sortedBy } from './bytes.ts';
export { canonicalBytes, canonicalJson, type Json } from './canonical-json.ts';
export { abortReason, createClock, type Clock, type ClockPrimitives } from './clock.ts';
export type { CodeInfo } from './codes/code-info.ts';
export {
  allCodes,
  codeInfo,
  isCode,
  type ApplyCode,
  type Code,
  type LanguageCode,
  type ProgramCode,
  type RepositoryCode,
  type TrustCode,
} from './codes/index.ts';
export { digestFromHex, digestHex, isDigest, sha256, type Digest } from './digest.ts';
export { formatDuration, parseDuration } from './duration.ts';
export { errnoOf, FairleadError, type ErrorFields } from './error.ts';
export { silentLogger, type LogData, type Logger } from './logger.ts';
export { err, ok, type Result } from './result.ts';
export { isSameJson } from './same-json.ts';
export { formatSize, parseSize } from './size.ts';
export { createTurns, type Turns } from './turns.ts';
export { nextWake } from './next-wake.ts';
