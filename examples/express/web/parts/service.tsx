import type { ReactNode } from 'react'

interface Service {
  readonly name: string
  readonly letter: string
  /** Tailwind finds whole words only. */
  readonly solid: string
  readonly soft: string
  readonly edge: string
}

const services: Readonly<Record<string, Service>> = {
  google: { name: 'Google', letter: 'G', solid: 'bg-google', soft: 'bg-google-soft', edge: 'border-google' },
  microsoft: {
    name: 'Outlook',
    letter: 'O',
    solid: 'bg-microsoft',
    soft: 'bg-microsoft-soft',
    edge: 'border-microsoft',
  },
  icloud: { name: 'iCloud', letter: 'i', solid: 'bg-icloud', soft: 'bg-icloud-soft', edge: 'border-icloud' },
  caldav: { name: 'CalDAV', letter: 'C', solid: 'bg-caldav', soft: 'bg-caldav-soft', edge: 'border-caldav' },
}

const unknown: Service = { name: 'Calendar', letter: '·', solid: 'bg-soft', soft: 'bg-hover', edge: 'border-soft' }

/** How a service is shown, by the id of its provider. */
export function serviceOf(provider: string): Service {
  return services[provider] ?? unknown
}

const sizes = {
  sm: 'size-4 rounded-[5px] text-[0.5625rem]',
  md: 'size-6 rounded-md text-xs',
  lg: 'size-9 rounded-lg text-base',
} as const

/** A service as a letter in its colour. Its name stands beside it, or is read out. */
export function Glyph({
  provider,
  size = 'md',
  isNamed = false,
}: {
  readonly provider: string
  readonly size?: keyof typeof sizes
  readonly isNamed?: boolean
}): ReactNode {
  const { letter, name, solid } = serviceOf(provider)
  return (
    <span className={`inline-grid shrink-0 place-items-center font-bold text-panel ${solid} ${sizes[size]}`}>
      <span aria-hidden="true">{letter}</span>
      {isNamed && <span className="sr-only">{name}</span>}
    </span>
  )
}
