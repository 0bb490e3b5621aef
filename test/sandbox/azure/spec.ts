import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

const SHARED = resolve(import.meta.dirname, '../../../../shared');

type Schema = Record<string, unknown>;

/** A file of the shared specifications and samples. `path` is relative to them. */
export function readShared(path: string): Schema {
  return JSON.parse(readFileSync(resolve(SHARED, path), 'utf8')) as Schema;
}

/** Problems of an answer against the vendor's own specification; empty when it conforms. */
export type Check = (method: string, path: string, status: number, body: unknown) => string[];

/** Checks by the schemas of one specification, held strictly: an unknown property is a problem too. */
export function createChecks(): { graph: Check; arm: Check } {
  return { graph: graphCheck(), arm: armCheck() };
}

function createAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true });
  // Seven decimals are Azure's own; the format package takes them.
  formats.default(ajv);
  return ajv;
}

function problems(validate: ValidateFunction, body: unknown): string[] {
  if (validate(body)) return [];
  return (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
}

/** Real answers send null for what is absent, so every type takes null; objects take no properties they don't declare. */
function tighten(schema: unknown, definitions: Schema): unknown {
  if (Array.isArray(schema)) return schema.map((item) => tighten(item, definitions));
  if (schema === null || typeof schema !== 'object') return schema;
  const source = flatten(schema as Schema, definitions);
  const entries = Object.entries(source).map(([key, value]) => [
    key,
    key === 'enum' ? value : tighten(value, definitions),
  ]);
  const result = Object.fromEntries(entries) as Schema;
  if (typeof result['type'] === 'string') result['type'] = [result['type'], 'null'];
  if (Array.isArray(result['enum'])) result['enum'] = [...(result['enum'] as unknown[]), null];
  delete result['nullable'];
  if (source['properties'] !== undefined && source['additionalProperties'] === undefined) {
    result['additionalProperties'] = false;
    result['patternProperties'] = { '^@odata\\.': {} };
  }
  return result;
}

/** Pulls inherited properties up, so that strictness sees all of them at once. */
function flatten(schema: Schema, definitions: Schema): Schema {
  const parts = schema['allOf'];
  if (!Array.isArray(parts)) return schema;
  const flat = (parts as Schema[]).map((part) => {
    const name = typeof part['$ref'] === 'string' ? part['$ref'].split('/').pop() : undefined;
    return flatten(name === undefined ? part : (definitions[name] as Schema), definitions);
  });
  const properties = Object.assign({}, ...flat.map((part) => part['properties'] ?? {})) as Schema;
  return { type: 'object', properties };
}

function tightened(definitions: Schema): Schema {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, tighten(schema, definitions)]),
  );
}

function graphCheck(): Check {
  const spec = readShared('specs/azure/graph-v1.0.subset.openapi.json');
  const schemas = (spec['components'] as { schemas: Schema }).schemas;
  const definitions = tightened(schemas);
  // A collection of directory objects holds whole users and groups: each is checked by its own type below.
  definitions['microsoft.graph.directoryObject'] = { type: 'object', required: ['id'] };
  const ajv = createAjv();
  const compiled = new Map<string, ValidateFunction>();
  const check = (key: string, schema: unknown, body: unknown) => {
    const found =
      compiled.get(key) ??
      ajv.compile({ ...(tighten(schema, schemas) as Schema), components: { schemas: definitions } });
    compiled.set(key, found);
    return problems(found, body);
  };
  return (method, path, status, body) => {
    const template = Object.keys(spec['paths'] as Schema).find((p) => matches(p, path));
    const operation = (spec['paths'] as Record<string, Schema>)[template ?? '']?.[method.toLowerCase()] as
      Schema | undefined;
    if (template === undefined || !operation) return [`${method} ${path} is not in the specification`];
    const responses = operation['responses'] as Record<
      string,
      { content?: Record<string, { schema: unknown }> }
    >;
    const response = responses[String(status)] ?? (status >= 400 ? responses['default'] : undefined);
    if (!response) return [`${status} is not an answer of ${method} ${template}`];
    const schema = response.content?.['application/json']?.schema;
    if (schema === undefined) return body === undefined ? [] : ['a body where none belongs'];
    const typed = typedObjects(body).flatMap(([type, object]) =>
      check(type, { $ref: `#/components/schemas/${type}` }, object),
    );
    return [...check(`${method} ${template} ${status}`, schema, body), ...typed];
  };
}

function typedObjects(body: unknown): Array<[string, unknown]> {
  const value = (body as { value?: unknown } | undefined)?.value;
  return (Array.isArray(value) ? (value as unknown[]) : [body]).flatMap((item): Array<[string, unknown]> => {
    const type = (item as Schema | undefined)?.['@odata.type'];
    return typeof type === 'string' ? [[type.slice(1), item]] : [];
  });
}

/** Fixed segments count for more than parameters, so `/users/delta()` is not taken for a user. */
function matches(template: string, path: string): boolean {
  const pattern = template.replaceAll(/[$.()]/g, String.raw`\$&`).replaceAll(/\{[^}]+\}/g, '[^/$]+');
  return new RegExp(`^${pattern}$`, 'i').test(
    path.replace(/\/microsoft\.graph\.user$/, path.includes('deletedItems') ? '$&' : ''),
  );
}

const ARM_TYPES: Record<string, [item: string, list: string]> = {
  roleassignments: ['RoleAssignment', 'RoleAssignmentListResult'],
  roledefinitions: ['RoleDefinition', 'RoleDefinitionListResult'],
  denyassignments: ['DenyAssignment', 'DenyAssignmentListResult'],
  permissions: ['PermissionGetResult', 'PermissionGetResult'],
};

function armCheck(): Check {
  const spec = readShared('specs/azure/arm-authorization-9.0.0.derived.swagger.json');
  const definitions = tightened(spec['definitions'] as Schema);
  const ajv = createAjv();
  const compiled = new Map<string, ValidateFunction>();
  return (method, path, status, body) => {
    const [, type = '', name] =
      /\/providers\/Microsoft\.Authorization\/(\w+)(?:\/([^/]+))?$/i.exec(path) ?? [];
    const known = ARM_TYPES[type.toLowerCase()];
    const definition = status >= 400 ? 'ErrorResponse' : known?.[name === undefined ? 1 : 0];
    if (definition === undefined) return [`${method} ${path} is not in the specification`];
    if (status === 204) return body === undefined ? [] : ['a body where none belongs'];
    const validate =
      compiled.get(definition) ?? ajv.compile({ $ref: `#/definitions/${definition}`, definitions });
    compiled.set(definition, validate);
    return problems(validate, body);
  };
}
