// Writes src/api/rights.ts from the OpenAPI document: which roles have which right.
import { readFileSync, writeFileSync } from "node:fs";

const document = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
const rights = {};
for (const methods of Object.values(document.paths)) {
  for (const operation of Object.values(methods)) {
    if (operation["x-right"]) rights[operation["x-right"]] = operation["x-roles"] ?? [];
  }
}
const lines = Object.keys(rights)
  .sort()
  .map((name) => `  ${JSON.stringify(name)}: ${JSON.stringify(rights[name])},`);
writeFileSync(
  new URL("../src/api/rights.ts", import.meta.url),
  `// Made from docs/openapi.json by \`npm run schema\`.\nexport const RIGHTS = {\n${lines.join("\n")}\n} as const;\n`,
);
