// SPDX-License-Identifier: Apache-2.0
import type { CodeTable } from './code-info.ts';

/** What can be wrong with a repository, a registry or a host of downloads. The server stays up in each case and asks again. */
export const remoteCodes = {
  'credentials-refused': {
    summary: 'The remote does not let us read it.',
    hint: 'Give a login that may read: for Git a token in --git-credentials-file (user:token@host) or an SSH key that the host knows, for images --registry-credentials-file.',
    explanation:
      'The remote answered 401 or 403, or refused the SSH key. The files are read anew for each request, so a new token needs no restart.',
    fault: 'program',
  },
  'hook-refused': {
    summary: 'The webhook does not prove that it knows the secret.',
    hint: 'Give the forge the same secret as --hook-secret-file holds.',
    explanation:
      'Read are X-Hub-Signature-256 (GitHub), X-Gitea-Signature (Gitea, Forgejo), webhook-signature with a time within five minutes (GitLab), and X-Gitlab-Token. A hook only wakes the poll; nothing that it says is believed.',
    fault: 'program',
  },
  'push-refused': {
    summary: 'The remote repository does not let this server write the fleet log.',
    hint: 'Give the token or key of this server the right to push refs/fairlead/* and refs/notes/*.',
    explanation:
      'Nothing is offered that is not recorded, so nothing new is; devices keep their receipts. It is tried again and goes on by itself.',
    fault: 'program',
  },
  'reference-missing': {
    summary: 'There is nothing of this name.',
    hint: 'Correct the name, or publish what it names.',
    explanation:
      'The host answers, and has no such tag, branch or file. Some hosts say the same where a login would be needed.',
    fault: 'program',
  },
  'remote-slow': {
    summary: 'The remote sent nothing for too long.',
    hint: 'Check the network and the host; a server asks again by itself.',
    explanation: 'A remote that is silent is given up, so that no request waits for ever.',
    fault: 'program',
  },
  'remote-unreachable': {
    summary: 'The remote does not answer.',
    hint: 'Check the address, the network and the host, and try again; a server does so by itself.',
    explanation: 'No connection came about, it broke, or the host says that it is overloaded.',
    fault: 'program',
  },
  'remote-untrusted': {
    summary: 'The remote host did not prove who it is.',
    hint: "HTTPS: let Node trust the host's CA by NODE_EXTRA_CA_CERTS. SSH: put the host's key into known_hosts.",
    explanation:
      'Its certificate or host key is not one that this machine trusts, or it would answer in plain text. Nothing is sent to it.',
    fault: 'program',
  },
  'remote-unusable': {
    summary: 'The remote answers otherwise than Fairlead can use.',
    hint: 'Check the address: it must be that of the repository, as git clone takes it, of a registry, or of a file.',
    explanation: 'The answer does not follow the protocol, is too large, or is a refusal in its own words.',
    fault: 'program',
  },
} as const satisfies CodeTable;
