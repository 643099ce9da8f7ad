// npm's modules lie in the cache that `install node` filled, not beside the clone, and Node looks for ES modules only in
// folders above the file that imports them. So they are asked for by `load`.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const install = fileURLToPath(new URL('../install', import.meta.url));
const folder = process.env.PAYGRESS_PEERS_NODE ?? execFileSync(install, ['--path', 'node'], { encoding: 'utf8' }).trim();
const { resolve } = createRequire(`${folder}/package.json`);

// What a CommonJS module exports is the `default` of its import.
export async function load(name) {
  const module = await import(pathToFileURL(resolve(name)));
  return module.default ?? module;
}
