import { ArrowRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { useBook } from '../../parts/book.js'
import { Glyph, serviceOf } from '../../parts/service.js'
import type { Happening } from './week.js'

/** Where an event is from, and where copies of it are: letters, and words for who hears instead of seeing. */
export function Trail({
  happening: { home, copies },
  isShort = false,
  isTiny = false,
}: {
  readonly happening: Happening
  readonly isShort?: boolean
  /** Only where it is from; the rest is read out. */
  readonly isTiny?: boolean
}): ReactNode {
  const book = useBook()
  const [from, to] = [book.calendar(home), copies.map((id) => book.calendar(id))]
  const words = `From ${book.nameOf(home)}${copies.length > 0 ? `, copied to ${copies.map((id) => book.nameOf(id)).join(' and ')}` : ''}`
  return (
    <span className="inline-flex shrink-0 items-center gap-1 text-2xs text-soft" title={words}>
      <span className="sr-only">{words}</span>
      <Glyph provider={from?.provider ?? ''} size="sm" />
      {!isShort && <span aria-hidden="true">{from?.name ?? serviceOf('').name}</span>}
      {to.length > 0 && !isTiny && <ArrowRight size={10} aria-hidden="true" />}
      {!isTiny && to.map((one, index) => <Glyph key={one?.id ?? index} provider={one?.provider ?? ''} size="sm" />)}
    </span>
  )
}
