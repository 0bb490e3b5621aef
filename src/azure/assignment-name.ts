import { createHash } from 'node:crypto';
import type { Entitlement } from '../access/entitlement.ts';

/** Namespace of our names; must never change, or a repeated call would make a second assignment. */
const NAMESPACE = '6f1d0a6e-5c0a-4a39-9b0f-1d6f5f0d7c11';

/**
 * The name of the role assignment of a grant: a version 5 GUID of grant, principal, role and scope, so that every
 * repetition names the same object. Source: RFC 9562, section 5.5.
 */
export function assignmentName(ask: {
  grantId: string;
  entitlement: Entitlement;
  principalId: string;
}): string {
  const { grantId, entitlement, principalId } = ask;
  const { roleDefinitionId, scope } = entitlement;
  return guidOf([grantId, principalId, roleDefinitionId, scope].join('|').toLowerCase());
}

function guidOf(name: string): string {
  const namespace = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex');
  const hash = createHash('sha1').update(namespace).update(name, 'utf8').digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return dashed(hash.toString('hex'));
}

/** 32 hex digits as a GUID: error messages of Azure leave the dashes out. */
export function dashed(hex: string): string {
  return hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
