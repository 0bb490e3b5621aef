import { existsSync } from 'node:fs';

// The vendors' specifications are not ours to ship: where they lie beside the project, the simulated Azure is held to them.
const hasSpecifications = existsSync(new URL('../shared/specs/', import.meta.url));

/** Every suite runs as native ES modules; SWC only strips the types. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(hasSpecifications ? [] : ['/sandbox/azure/contract.test.ts']),
  ],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testTimeout: 20_000,
  // Most of a suite is waiting, for sockets and for servers.
  maxWorkers: '100%',
};
