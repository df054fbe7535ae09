import type { ButtonHTMLAttributes, ReactNode } from 'react'

type Look = 'primary' | 'plain' | 'quiet' | 'danger'

const looks: Readonly<Record<Look, string>> = {
  primary: 'bg-accent text-on-accent hover:opacity-90 border-transparent',
  plain: 'bg-panel text-ink border-line-strong hover:bg-hover',
  quiet: 'border-transparent text-soft hover:text-ink hover:bg-hover',
  danger: 'bg-panel text-bad border-line-strong hover:bg-bad-soft',
}

export const buttonClass = (look: Look = 'plain', isIcon = false): string =>
  `inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md border text-sm font-medium whitespace-nowrap transition-colors disabled:opacity-55 ${isIcon ? 'w-8' : 'px-3'} ${looks[look]}`

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: Look
  /** What it says where it shows a picture only. */
  readonly label?: string
  readonly children: ReactNode
}

export function Button({ look = 'plain', label, className = '', children, ...rest }: ButtonProps): ReactNode {
  const named = label === undefined ? {} : { 'aria-label': label, title: label }
  return (
    <button type="button" className={`${buttonClass(look, label !== undefined)} ${className}`} {...named} {...rest}>
      {children}
    </button>
  )
}
