import { parseArgs } from 'node:util'

/** `--name value` options; the defaults say which names there are. */
export function options<Name extends string>(
  args: readonly string[],
  defaults: Readonly<Record<Name, string>>,
): Readonly<Record<Name, string>> {
  const names = Object.keys(defaults) as Name[]
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  })
  return { ...defaults, ...(values as Partial<Record<Name, string>>) }
}
