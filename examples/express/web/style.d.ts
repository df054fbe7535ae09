import 'react'

declare module 'react' {
  interface CSSProperties {
    /** How many calendars disagree. */
    readonly '--sides'?: number
  }
}
