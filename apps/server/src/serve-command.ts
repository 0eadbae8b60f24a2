// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import {
  createProgramLogger,
  defineCommand,
  durationFlag,
  exitCode,
  optionalText,
  parseAddress,
  requiredText,
  switchFlag,
  systemClock,
  textWithDefault,
} from '@fairlead/program';
import { randomInt } from 'node:crypto';
import { readHttpTls } from './http-tls.ts';
import { replicaName } from './replica-name.ts';
import { readServerKeys } from './server-keys.ts';
import { startServer } from './server.ts';

export const serveCommand = defineCommand({
  name: '',
  summary: 'Watches a fleet repository, signs each commit and streams it to the devices.',
  examples: [
    'fairlead-server --repo /srv/fleet.git --keys /etc/fairlead/keys --data /var/lib/fairlead',
    'fairlead-server --repo fleet.git --keys keys --data data --grpc 127.0.0.1:0 --http 127.0.0.1:0',
    'fairlead-server --config /etc/fairlead/server.json',
  ],
  flags: {
    repo: requiredText('--repo <path>', 'the fleet repository, bare or with a work tree'),
    branch: textWithDefault('--branch <name>', 'the branch that is deployed', 'main'),
    keys: requiredText('--keys <dir>', 'the key folder, made by: fairlead keys init'),
    data: requiredText('--data <dir>', 'caches; may be deleted while the server is stopped'),
    grpc: textWithDefault('--grpc <host:port>', 'where devices and operators connect (mTLS)', '0.0.0.0:8443'),
    http: textWithDefault(
      '--http <host:port>',
      'health, readiness and metrics, for people and forges (HTTPS)',
      '127.0.0.1:8080',
    ),
    httpCert: optionalText('--http-cert <file>', "certificate for --http; default: the server's own"),
    httpKey: optionalText('--http-key <file>', 'key for --http-cert'),
    insecureLoopback: switchFlag(
      '--insecure-loopback',
      '--http speaks plain text, only on 127.0.0.0/8 and ::1',
    ),
    poll: durationFlag('--poll <duration>', 'how often the repository is looked at without any event', '2s'),
  },
  async run({ flags }, context) {
    const [grpc, http] = [parseAddress('--grpc', flags.grpc), parseAddress('--http', flags.http)];
    if ((flags.httpCert === undefined) !== (flags.httpKey === undefined)) {
      throw new FairleadError({
        code: 'misuse',
        message: '--http-cert and --http-key belong together',
        hint: 'Give both, or neither.',
      });
    }
    const keys = await readServerKeys(flags.keys);
    const server = await startServer(
      {
        repo: flags.repo,
        branch: flags.branch,
        keys,
        replica: await replicaName(flags.data),
        grpc,
        http,
        httpTls: await readHttpTls({
          address: http,
          certFile: flags.httpCert,
          keyFile: flags.httpKey,
          insecureLoopback: flags.insecureLoopback,
          own: keys.server,
        }),
        pollMs: flags.poll,
        clock: systemClock,
        logger: createProgramLogger({ name: 'fairlead-server', terminal: context.terminal }),
        random: () => randomInt(2 ** 32) / 2 ** 32,
      },
      context.signal,
    );
    context.event({ event: 'ready', grpc: server.grpc, http: server.http });
    await server.ended;
    return exitCode.done;
  },
});
