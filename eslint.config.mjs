import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { builtinRules } from 'eslint/use-at-your-own-risk';
import * as jsonc from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom: the table of the design's section "Layout". A lib imports only what its line names. Each project
 * carries its own name as tag `project:<name>`, and its scope as tag `scope:<name>`.
 * `pure` libs decide and never act: no disk, network, clock, timer, locale or environment.
 */
const libs = {
  base: { scope: 'shared', imports: [], pure: true },
  spec: { scope: 'shared', imports: ['base', 'target'], pure: true },
  target: { scope: 'shared', imports: ['base'], pure: true },
  trust: { scope: 'shared', imports: ['base'], pure: true },
  identity: { scope: 'shared', imports: ['base'] },
  wire: { scope: 'shared', imports: ['base', 'target', 'trust', 'proto'] },
  program: { scope: 'shared', imports: ['base'] },
  simulator: { scope: 'shared', imports: ['base', 'wire', 'target', 'trust', 'identity'] },
  compiler: { scope: 'repo', imports: ['base', 'spec', 'target', 'trust'], pure: true },
  git: { scope: 'repo', imports: ['base'] },
  commits: { scope: 'repo', imports: ['base', 'git', 'trust', 'compiler'] },
  lock: { scope: 'repo', imports: ['base', 'spec', 'git'] },
  log: { scope: 'repo', imports: ['base', 'git', 'trust'] },
  audit: { scope: 'repo', imports: ['base', 'git', 'log', 'commits', 'compiler', 'trust', 'identity'] },
  gateway: { scope: 'server', imports: ['base', 'wire', 'target', 'trust', 'identity'] },
  api: { scope: 'server', imports: ['base', 'wire', 'target', 'trust', 'identity'] },
  link: { scope: 'agent', imports: ['base', 'wire', 'target', 'trust', 'identity'] },
  planner: { scope: 'agent', imports: ['base', 'target'], pure: true },
  engine: { scope: 'agent', imports: ['base', 'target', 'planner'] },
  artifacts: { scope: 'agent', imports: ['base'] },
  jobs: { scope: 'agent', imports: ['base', 'target', 'engine', 'artifacts'] },
  containers: { scope: 'agent', imports: ['base', 'target', 'engine', 'artifacts'] },
  testing: { scope: 'test', imports: ['base'] },
};

/** What each scope sees. For apps it is the whole rule; for libs a second lock, so that no line can join server and agent. */
const scopes = {
  shared: ['shared'],
  repo: ['shared', 'repo'],
  server: ['shared', 'repo', 'server'],
  agent: ['shared', 'agent'],
  cli: ['shared', 'repo'],
};

/** Programs are started, as built; nobody imports them. Whole-program tests may use any lib to look at one from outside. */
const programs = {
  server: libsSeenBy('server'),
  agent: libsSeenBy('agent'),
  cli: libsSeenBy('cli'),
  'fleet-example': ['base', 'trust', 'wire', 'testing'],
  'test-e2e': [...Object.keys(libs), 'fleet-example'],
  'test-conformance': [...Object.keys(libs), 'fleet-example'],
  'test-faults': [...Object.keys(libs), 'fleet-example'],
  'test-bench': [...Object.keys(libs), 'fleet-example'],
  'test-guest': ['base', 'target', 'engine', 'artifacts', 'jobs', 'testing'],
};

function libsSeenBy(scope) {
  return Object.keys(libs).filter((name) => scopes[scope].includes(libs[name].scope));
}

const testFiles = ['**/*.test.ts', '**/*.fixture.ts', 'test/**/*.ts'];
const sources = ['libs/*/src/**/*.ts', 'apps/*/src/**/*.ts'];
const agentSources = [
  'apps/agent/src/**/*.ts',
  ...Object.keys(libs)
    .filter((name) => libs[name].scope === 'agent')
    .map((name) => `libs/${name}/src/**/*.ts`),
];
const pureSources = Object.keys(libs)
  .filter((name) => libs[name].pure)
  .map((name) => `libs/${name}/src/**/*.ts`);

/**
 * Constraints by `notDependOn…` are no use here: Nx follows them through package.json, where every project declares
 * `testing` for its tests.
 * @param {string[]} helpers libs that every project may import in these files.
 */
function boundaries(helpers) {
  const project = (name) => `project:${name}`;
  const scope = (name) => `scope:${name}`;
  const lines = [
    ...Object.entries(libs).map(([name, { imports }]) => [name, imports]),
    ...Object.entries(programs),
  ];
  return {
    '@nx/enforce-module-boundaries': [
      'error',
      {
        allow: [],
        // What a package imports, it declares (or the root does, for the tools of the tests).
        banTransitiveDependencies: true,
        depConstraints: [
          ...lines.map(([name, imports]) => ({
            sourceTag: project(name),
            onlyDependOnLibsWithTags: [...imports, ...helpers].map(project),
          })),
          ...Object.entries(scopes).map(([name, seen]) => ({
            sourceTag: scope(name),
            onlyDependOnLibsWithTags: [...seen.map(scope), ...helpers.map(project)],
          })),
        ],
      },
    ],
  };
}

/** What keeps errors typed: a code from a closed union, never a bare message. */
const noPlainErrors = {
  selector: "ThrowStatement > NewExpression[callee.name='Error']",
  message: 'Throw an error class that carries a code.',
};
const noDefaultExports = { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' };
const pureSyntax = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Pure code sees no clock: take a Clock.',
  },
  {
    selector: "CallExpression[callee.name='Date']",
    message: 'Pure code sees no clock: take a Clock.',
  },
  {
    // Only String's: a method of ours may well be called `normalize`.
    selector:
      "CallExpression[callee.property.name='normalize']:matches([arguments.length=0], [arguments.0.value=/^NFK?[CD]$/])",
    message: 'Unicode normalisation follows ICU, which differs between machines.',
  },
  {
    selector: 'Literal[regex.pattern=/\\\\p\\{/i]',
    message: 'Unicode property classes follow ICU, which differs between machines.',
  },
];

export default tseslint.config(
  {
    ignores: [
      '**/dist',
      '**/out-tsc',
      '**/bundle',
      '**/coverage',
      '**/tmp',
      '**/src/gen',
      '**/node_modules',
      '.nx',
      '**/vitest.config.mts',
      '**/*.timestamp-*',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@nx': nx, size: { rules: { 'look-twice': builtinRules.get('max-lines') } } },
    rules: {
      ...boundaries([]),
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // `async` also turns what is thrown into a rejection, which the callers of a port rely on.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', noDefaultExports],
      eqeqeq: 'error',
      'max-lines': ['error', 500],
      'size/look-twice': ['warn', 400],
    },
  },
  {
    files: sources,
    ignores: ['libs/testing/**'],
    rules: { 'no-restricted-syntax': ['error', noDefaultExports, noPlainErrors] },
  },
  {
    files: pureSources,
    rules: {
      'no-restricted-syntax': ['error', noDefaultExports, noPlainErrors, ...pureSyntax],
      // The TypeScript twin of the core rule, so that neither this list nor the agent's hides the other.
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex:
                '^(node:)?(fs|net|http|https|http2|tls|dgram|dns|child_process|cluster|worker_threads|timers|os|process)(/.*)?$',
              message: 'A pure lib decides and never acts: take what is needed as a value or a port.',
            },
            { group: ['@grpc/*'], message: 'A pure lib knows no transport.' },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        ...[
          'setTimeout',
          'setInterval',
          'setImmediate',
          'clearTimeout',
          'clearInterval',
          'clearImmediate',
          'process',
          'fetch',
          'performance',
          'Intl',
        ].map((name) => ({
          name,
          message: 'Pure code sees no clock, timer, locale, network or environment.',
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Pure code sees no clock: take a Clock.' },
        { object: 'Math', property: 'random', message: 'Pure code sees no chance: take a source of it.' },
        ...['localeCompare', 'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase'].map((property) => ({
          property,
          message: 'Locales differ between machines: compare and print by bytes.',
        })),
      ],
    },
  },
  {
    // A device holds no key that signs for the fleet, so it loads no code that could.
    files: agentSources,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['@fairlead/trust/sign', '@fairlead/identity/authority'].map((name) => ({
            name,
            message: 'Devices verify; they never sign for the fleet.',
          })),
        },
      ],
    },
  },
  {
    files: testFiles,
    rules: {
      ...boundaries(['testing']),
      'no-restricted-syntax': ['error', noDefaultExports],
      '@typescript-eslint/no-restricted-imports': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // What a package imports in its shipped files, it declares: the next install elsewhere must find it.
    files: ['{libs,apps}/*/package.json'],
    languageOptions: { parser: jsonc },
    plugins: { '@nx': nx },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          // The table above says what may be imported; all of it is declared, used yet or not.
          checkObsoleteDependencies: false,
          // The root's: `testing` holds what tests share, and is never shipped.
          ignoredDependencies: ['vitest'],
          ignoredFiles: [
            '{projectRoot}/vitest.config.mts',
            '{projectRoot}/**/*.test.ts',
            '{projectRoot}/**/*.fixture.ts',
          ],
        },
      ],
    },
  },
  prettier,
);
