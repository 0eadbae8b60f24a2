// SPDX-License-Identifier: Apache-2.0
import { err, errnoOf, FairleadError, isAbort, ok, type Code, type Result } from '@fairlead/base';
import { isDiskError, unwritable, type RepositoryProblem } from '../problem.ts';

/** What may be wrong with a remote: states that pass, or that people put right. Anything else that is thrown is a fault. */
const remoteCodes: ReadonlySet<Code> = new Set<Code>([
  'credentials-refused',
  'object-corrupt',
  'push-refused',
  'remote-slow',
  'remote-unreachable',
  'remote-untrusted',
  'remote-unusable',
  'repository-missing',
  'repository-unsupported',
  'shallow-clone',
]);

/** Runs work with a remote; its failure becomes a problem. Rejects when the signal aborts, and with what is our own fault. */
export async function attempt<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<Result<T, RepositoryProblem>> {
  try {
    return ok(await work());
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof FairleadError && remoteCodes.has(thrown.code)) {
      const { code, message, hint } = thrown;
      return err({ code, message, hint });
    }
    if (isDiskError(thrown)) return err(unwritable('the mirror', thrown));
    throw thrown;
  }
}

/** What Node says of a connection that did not come about or broke. */
export function connectionFailure(where: string, thrown: unknown): FairleadError {
  if (thrown instanceof FairleadError) return thrown;
  const reason = innermost(thrown);
  const errno = errnoOf(reason) ?? '';
  const isTrust = /CERT|^ERR_TLS|^ERR_SSL|SELF_SIGNED|UNABLE_TO|^EPROTO/.test(errno);
  const code: Code = isTrust ? 'remote-untrusted' : 'remote-unreachable';
  const said = reason instanceof Error ? reason.message : String(reason);
  return new FairleadError({ code, message: `${where}: ${said === '' ? errno : said}`, cause: thrown });
}

export function slow(where: string): FairleadError {
  return new FairleadError({ code: 'remote-slow', message: `${where} did not answer in time` });
}

/** `fetch` wraps what happened, and a try of several addresses wraps once more. */
function innermost(thrown: unknown): unknown {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return innermost(thrown.errors[0]);
  if (thrown instanceof Error && thrown.cause !== undefined && !isAbort(thrown))
    return innermost(thrown.cause);
  return thrown;
}
