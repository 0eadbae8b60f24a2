// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import {
  choiceFlag,
  createProgramLogger,
  defineCommand,
  durationFlag,
  logLevelFlag,
  optionalDuration,
  exitCode,
  optionalText,
  parseAddress,
  requiredText,
  switchFlag,
  systemClock,
  textWithDefault,
} from '@fairlead/program';
import { openPlace } from '@fairlead/git';
import { randomInt } from 'node:crypto';
import { fleetHeads } from './fleet-heads.ts';
import { graceAfter } from './grace-after.ts';
import { readHookSecret } from './hook-secret.ts';
import { readHttpTls } from './http-tls.ts';
import { createReload } from './reload.ts';
import { requireReadable } from './readable-file.ts';
import { replicaName } from './replica-name.ts';
import { repositoryFlag } from './repository-flag.ts';
import { readServerKeys } from './server-keys.ts';
import { startServer } from './server.ts';

/** What waits for the log when the server is to end has so long to reach a remote, in milliseconds; devices keep their receipts. */
const remoteGraceMs = 5_000;

export const serveCommand = defineCommand({
  name: '',
  summary: 'Watches a fleet repository, signs each commit and streams it to the devices.',
  examples: [
    'fairlead-server --repo /srv/fleet.git --keys /etc/fairlead/keys --data /var/lib/fairlead',
    'fairlead-server --repo fleet.git --keys keys --data data --grpc 127.0.0.1:0 --http 127.0.0.1:0',
    'fairlead-server --repo https://git.example.org/fleet.git --git-credentials-file token --keys keys --data data',
    'fairlead-server --repo fleet.git --log /srv/fleet-receipts.git --keys keys --data data',
    'fairlead-server --config /etc/fairlead/server.json',
  ],
  flags: {
    repo: requiredText(
      '--repo <path|url>',
      'the fleet repository: a path, https://…, ssh://… or user@host:path',
    ),
    branch: textWithDefault('--branch <name>', 'the branch that is deployed', 'main'),
    log: optionalText(
      '--log <path|url>',
      'another repository for the receipts of devices, which are the bulk of the fleet log',
    ),
    logHolds: choiceFlag(
      '--log-holds <what>',
      'what goes there: the receipts, or all: records and notes too, where --repo is not to be written',
      ['receipts', 'all'],
    ),
    keys: requiredText('--keys <dir>', 'the key folder, made by: fairlead keys init'),
    data: requiredText('--data <dir>', 'caches; may be deleted at any time'),
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
    poll: optionalDuration(
      '--poll <duration>',
      'how often the repository is looked at without any event; default: 2s for a path, 15s for a remote',
    ),
    gitCredentialsFile: optionalText(
      '--git-credentials-file <file>',
      'lines user:token@host, or those of git-credential-store, for https:// repositories',
    ),
    certificateLife: durationFlag(
      '--certificate-life <duration>',
      'how long certificates of devices live; they renew them at two thirds of it',
      '90d',
    ),
    maxAway: durationFlag(
      '--max-away <duration>',
      'how long after its end a device can still renew its certificate',
      '400d',
    ),
    keepalive: durationFlag(
      '--keepalive <duration>',
      'how often the connection of a device is asked for a sign of life',
      '60s',
    ),
    keepaliveTimeout: durationFlag(
      '--keepalive-timeout <duration>',
      'how long the answer may take before the connection is closed',
      '20s',
    ),
    logLevel: logLevelFlag,
    hookSecretFile: optionalText(
      '--hook-secret-file <file>',
      'the secret of webhooks that a forge sends to POST /hooks/git; without it none are taken',
    ),
  },
  async run({ flags, reread }, context) {
    const [grpc, http] = [parseAddress('--grpc', flags.grpc), parseAddress('--http', flags.http)];
    if ((flags.httpCert === undefined) !== (flags.httpKey === undefined)) {
      throw new FairleadError({
        code: 'misuse',
        message: '--http-cert and --http-key belong together',
        hint: 'Give both, or neither.',
      });
    }
    const place = repositoryFlag('--repo', flags.repo, flags.insecureLoopback);
    const logPlace =
      flags.log === undefined ? undefined : repositoryFlag('--log', flags.log, flags.insecureLoopback);
    await requireReadable('--git-credentials-file', flags.gitCredentialsFile);
    const hookSecret = await readHookSecret(flags.hookSecretFile);
    const keys = await readServerKeys(flags.keys);
    const logger = createProgramLogger({
      name: 'fairlead-server',
      terminal: context.terminal,
      level: flags.logLevel,
    });
    const until = graceAfter(context.signal, remoteGraceMs);
    const ports = {
      clock: systemClock,
      logger,
      random: () => randomInt(2 ** 32) / 2 ** 32,
    };
    const httpTls = () =>
      readHttpTls({
        address: http,
        certFile: flags.httpCert,
        keyFile: flags.httpKey,
        insecureLoopback: flags.insecureLoopback,
        own: keys.server(),
      });
    const server = await startServer(
      {
        heads: fleetHeads({
          ...ports,
          place,
          branch: flags.branch,
          data: flags.data,
          credentialsFile: flags.gitCredentialsFile,
          until,
          pollMs: flags.poll,
        }),
        branch: flags.branch,
        keepalive: { everyMs: flags.keepalive, timeoutMs: flags.keepaliveTimeout },
        logPlace: logPlace && {
          open: () =>
            openPlace(logPlace, {
              data: flags.data,
              clock: systemClock,
              until,
              ...(flags.gitCredentialsFile === undefined
                ? {}
                : { credentialsFile: flags.gitCredentialsFile }),
            }),
          holds: flags.logHolds,
        },
        hookSecret,
        certificateLife: flags.certificateLife,
        maxAway: flags.maxAway,
        logPollMs: flags.poll ?? (place.kind === 'path' ? 2_000 : 15_000),
        keys,
        replica: await replicaName(flags.data),
        grpc,
        http,
        httpTls: await httpTls(),
        ...ports,
      },
      context.signal,
    );
    const reload = createReload(
      [
        {
          what: 'log level',
          run: async () => {
            logger.setLevel((await reread()).logLevel);
          },
        },
        { what: 'keys', run: () => server.reloadKeys() },
        {
          what: 'certificate of --http',
          run: async () => {
            const tls = await httpTls();
            if (tls !== null) server.setHttpTls(tls);
          },
        },
        {
          what: 'secret of webhooks',
          run: async () => {
            const secret = await readHookSecret(flags.hookSecretFile);
            if (secret !== undefined) server.setHookSecret(secret);
          },
        },
      ],
      logger,
    );
    context.onHangup(() => void reload());
    context.event({ event: 'ready', grpc: server.grpc, http: server.http });
    await server.ended;
    return exitCode.done;
  },
});
