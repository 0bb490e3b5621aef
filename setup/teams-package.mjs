import { crc32 } from 'node:zlib';

/**
 * The package to upload to Teams: the manifest with the operator's own ids and address, and the icons.
 * @param {{ template: Record<string, unknown>, appId: string, publicUrl: string, icons: Record<string, string | Buffer> }} from
 * @returns {{ manifest: Record<string, unknown>, zip: Buffer }}
 */
export function teamsPackage({ template, appId, publicUrl, icons }) {
  const own = JSON.stringify(template)
    .replaceAll('00000000-0000-0000-0000-000000000000', appId)
    .replaceAll('https://latchkey.example.com', publicUrl.replace(/\/$/, ''));
  const manifest = JSON.parse(own);
  const zip = storeZip({
    'manifest.json': Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`),
    'color.png': Buffer.from(icons['manifests/teams/color.png'] ?? ''),
    'outline.png': Buffer.from(icons['manifests/teams/outline.png'] ?? ''),
  });
  return { manifest, zip };
}

/** 1 January 2026, 00:00, as ZIP writes it: the same input makes the same bytes. */
const DATE = ((2026 - 1980) << 9) | (1 << 5) | 1;

/**
 * A ZIP archive without compression (APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16).
 * @param {Record<string, Buffer>} files
 */
function storeZip(files) {
  /** @type {Buffer[]} */
  const bodies = [];
  /** @type {Buffer[]} */
  const directory = [];
  let offset = 0;
  for (const [name, data] of Object.entries(files)) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(DATE, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const body = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const version = Buffer.from([20, 0]);
    bodies.push(body);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), version, common, rest, Buffer.from(name)]),
    );
    offset += body.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, entries, Buffer.from('PK\x05\x06', 'latin1'), end]);
}
