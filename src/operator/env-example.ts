import type { Variable } from '../config-variables.ts';
import { VARIABLES } from '../config-variables.ts';

/** The text of `.env.example`: every variable with its meaning; what is required is not commented out. */
export function envExample(): string {
  const required: readonly string[] = [
    'LINK_SECRET',
    'AZURE_CLIENT_ID',
    'AZURE_TENANT_ID',
    'AZURE_CLIENT_SECRET',
  ];
  const lines = [
    '# Copy to .env and fill in. `latchkey doctor` says what is still wrong.',
    '# A chat is on when any of its variables is set; at least one has to be on.',
  ];
  let group = '';
  for (const [name, variable] of Object.entries<Variable>(VARIABLES)) {
    if (variable.group !== group) lines.push('', `# ---- ${variable.group} ----`);
    group = variable.group;
    const notes = [
      `e.g. ${variable.example}`,
      ...(variable.fallback === undefined ? [] : [`default ${variable.fallback}`]),
    ];
    lines.push('', `# ${variable.about}`, `# (${notes.join('; ')})`);
    lines.push(required.includes(name) ? `${name}=` : `#${name}=${variable.fallback ?? ''}`);
  }
  return `${lines.join('\n')}\n`;
}
