import { readFile } from 'node:fs/promises';
import type { TokenCredential } from '@azure/core-auth';
import {
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
} from '@azure/identity';
import { Misconfigured } from '../access/errors.ts';
import type { AppIdentity, CredentialConfig } from './azure-config.ts';
import { isMicrosoftLogin } from './azure-config.ts';
import type { PipelineOptions } from './pipeline.ts';

/** Audience of the token that a managed identity shows to its app. Source: https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity */
const EXCHANGE_SCOPE = 'api://AzureADTokenExchange/.default';

/** What a credential object is made from. */
export interface CredentialDeps {
  identity: AppIdentity;
  authorityHost: string;
  pipeline: PipelineOptions;
  /** Told why an assertion could not be had, since the library hides it. */
  onAssertionFailure(error: unknown): void;
}

/** A fresh credential with nothing remembered: one object that serves every tenant. */
export function buildCredential(deps: CredentialDeps): TokenCredential {
  const { clientId, tenantId, credential } = deps.identity;
  const options = {
    ...deps.pipeline,
    authorityHost: deps.authorityHost,
    additionallyAllowedTenants: ['*'],
    // Instance discovery asks Microsoft about the host, which knows its own only.
    disableInstanceDiscovery: !isMicrosoftLogin(deps.authorityHost),
  };
  switch (credential.kind) {
    case 'secret':
      return new ClientSecretCredential(tenantId, clientId, credential.secret, options);
    case 'certificate':
      return new ClientCertificateCredential(
        tenantId,
        clientId,
        { certificatePath: credential.path },
        options,
      );
    case 'federatedToken':
    case 'managedIdentity': {
      // A bot can be the managed identity itself; then there is no other app to sign in as.
      if (credential.kind === 'managedIdentity' && credential.clientId === clientId) {
        return new ManagedIdentityCredential({ clientId });
      }
      const assert = assertionSource(credential);
      return new ClientAssertionCredential(tenantId, clientId, () => told(deps, assert), options);
    }
  }
}

async function told(deps: CredentialDeps, assert: () => Promise<string>): Promise<string> {
  try {
    return await assert();
  } catch (error) {
    deps.onAssertionFailure(error);
    throw error;
  }
}

function assertionSource(
  credential: Extract<CredentialConfig, { kind: 'federatedToken' | 'managedIdentity' }>,
): () => Promise<string> {
  if (credential.kind === 'federatedToken') return () => readToken(credential.file);
  const { clientId } = credential;
  const identity =
    clientId === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
  return async () => (await identity.getToken(EXCHANGE_SCOPE)).token;
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new Misconfigured(
      `The federated token file ${file} cannot be read, so nobody could sign in to Azure.`,
      'Mount the token file there, or set AZURE_FEDERATED_TOKEN_FILE to where it is.',
      { cause: error },
    );
  }
}
