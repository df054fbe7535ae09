/** A piece of a template: text as it is, or the name of what stands there. */
export type TemplatePart<Name extends string> = { readonly text: string } | { readonly name: Name }

/**
 * Reads a template: text with names in braces, `{title}`. A brace that is meant as such is written twice.
 *
 * @returns its parts, or the reason why it is none
 */
export function parseTemplate<Name extends string>(
  template: string,
  names: readonly Name[],
): readonly TemplatePart<Name>[] | string {
  const parts: TemplatePart<Name>[] = []
  for (const [piece] of template.matchAll(/\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+/g)) {
    if (piece === '{{' || piece === '}}') parts.push({ text: piece.slice(1) })
    else if (piece === '{' || piece === '}') return 'has a brace without its partner; a brace itself is written twice'
    else if (piece.startsWith('{')) {
      const name = names.find((known) => piece === `{${known}}`)
      if (name === undefined) return `names something that is not known here; known are ${names.join(', ')}`
      parts.push({ name })
    } else parts.push({ text: piece })
  }
  return parts
}

/** The template with its names replaced. What is put in is not read as a template again. */
export function fillTemplate<Name extends string>(
  parts: readonly TemplatePart<Name>[],
  fill: (name: Name) => string,
): string {
  return parts.map((part) => ('name' in part ? fill(part.name) : part.text)).join('')
}
