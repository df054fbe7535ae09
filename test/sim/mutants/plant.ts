import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Mutant } from './list.js'

/** Where the house stands. */
export const root: string = join(import.meta.dirname, '../../..')

/** The rooms that defects are planted in: what an adapter does is not judged here. */
const rooms = ['src/engine', 'src/merge', 'src/mapping']

/** A file of the engine, and its text with the defect in it. */
export interface Planted {
  readonly file: string
  readonly text: string
}

/** Every file of the engine, with its text. */
export async function engineFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const room of rooms)
    for (const name of await readdir(join(root, room), { recursive: true }))
      if (name.endsWith('.ts')) files.set(`${room}/${name}`, await readFile(join(root, room, name), 'utf8'))
  return files
}

/** Plants a defect. @throws when the text to be replaced does not stand in the engine exactly once. */
export function plant({ find, replace }: Mutant, files: ReadonlyMap<string, string>): Planted {
  const places = [...files].flatMap(([file, text]) =>
    text
      .split(find)
      .slice(1)
      .map(() => file),
  )
  const [file, ...others] = places
  if (file === undefined || others.length > 0) throw new Error(`stands ${places.length} times: ${find}`)
  return { file, text: (files.get(file) as string).replace(find, () => replace) }
}

/** Builds the hunter over an engine with this defect; with none, over the engine as it is. */
export async function buildHunter(outfile: string, planted?: Planted): Promise<void> {
  const path = planted && join(root, planted.file)
  await build({
    entryPoints: [join(import.meta.dirname, 'worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
    plugins: [
      {
        name: 'plant',
        setup({ onLoad }) {
          const folder = { filter: /[/]src[/](engine|merge|mapping)[/]/ }
          onLoad(folder, (file) =>
            planted && file.path === path ? { contents: planted.text, loader: 'ts' } : undefined,
          )
        },
      },
    ],
  })
}
