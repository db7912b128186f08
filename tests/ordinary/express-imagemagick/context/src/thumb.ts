import { execFile } from 'child_process';
import { promisify } from 'util';
import { v4 } from 'uuid';
const run = promisify(execFile);
export async function thumbnail(file: string): Promise<string> {
  const out = `${process.cwd()}/uploads/${v4()}.png`;
  await run('convert', [`${file}[0]`, '-resize', '200x200', out]);
  return out;
}
