import type { OccurrenceField, Projection, Transform } from '../index.js'

/** One line of a field map: the steps of a field are done in their order. */
export interface FieldMapRow {
  readonly field: OccurrenceField
  readonly transform: Transform
}

export type TransformKind = 'prefix' | 'suffix' | 'template' | 'replace' | 'mapValues' | 'drop'

const text: readonly TransformKind[] = ['prefix', 'suffix', 'template', 'replace', 'mapValues', 'drop']
const values: readonly TransformKind[] = ['mapValues', 'drop']
const only: readonly TransformKind[] = ['drop']

/** Fields that can be mapped, with what can be done to them. */
export const transformKinds: Readonly<Partial<Record<OccurrenceField, readonly TransformKind[]>>> = {
  title: text,
  description: text,
  location: text,
  status: values,
  availability: values,
  visibility: ['mapValues'],
  categories: values,
  color: values,
  url: only,
  priority: only,
  geo: only,
  conferences: only,
  attachments: only,
}

/** The lines of a field map. */
export function fieldMapRows(fields: Projection['fields']): readonly FieldMapRow[] {
  return Object.entries(fields).flatMap(([field, transforms]) =>
    transforms.map((transform) => ({ field: field as OccurrenceField, transform })),
  )
}

/** The field map of its lines. */
export function fieldMapOf(rows: readonly FieldMapRow[]): Projection['fields'] {
  const fields: Partial<Record<OccurrenceField, readonly Transform[]>> = {}
  for (const { field, transform } of rows) fields[field] = [...(fields[field] ?? []), transform]
  return fields
}

export function kindOf(transform: Transform): TransformKind {
  return Object.keys(transform)[0] as TransformKind
}

/** What a person typed into one or two fields of a line. */
export function transformOf(kind: TransformKind, value: string, other: string): Transform {
  if (kind === 'drop') return { drop: true }
  if (kind === 'replace') return { replace: { from: value, to: other } }
  if (kind === 'mapValues') return { mapValues: { [value]: other } }
  return { [kind]: value } as Transform
}

/** What stands in the fields of a line; undefined for one that a form cannot show, such as a map of several values. */
export function partsOf(transform: Transform): readonly [value: string, other: string] | undefined {
  if ('drop' in transform) return ['', '']
  if ('replace' in transform) return [transform.replace.from, transform.replace.to]
  if ('mapValues' in transform) {
    const entries = Object.entries(transform.mapValues)
    return entries.length === 1 ? entries[0] : undefined
  }
  return [Object.values(transform)[0] as string, '']
}
