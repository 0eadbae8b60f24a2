// SPDX-License-Identifier: Apache-2.0
import type { Outcome } from '@fairlead/engine';
import type { OutcomeFacts } from '@fairlead/link';

/** Characters of a remark in a receipt. */
const longestRemark = 200;

/** What a receipt states of the outcome of a transaction. */
export function factsOf(outcome: Outcome): OutcomeFacts {
  const { revision, counter, target, previous, result, code, message, units } = outcome;
  return {
    revision,
    counter,
    target,
    previousTarget: previous,
    result,
    code,
    units: units.map((unit) => ({
      unit: `${unit.domain}/${unit.name}`,
      result: unit.result,
      code: unit.code,
    })),
    remarks: message === '' ? [] : [message.slice(0, longestRemark).toWellFormed()],
  };
}
