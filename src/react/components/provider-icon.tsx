import type { ReactNode } from 'react'
import { useProviderIcon } from '../context.js'

/** The picture of a provider; its name always stands beside it. */
export function ProviderIcon({ provider }: { readonly provider: string }): ReactNode {
  const icon = useProviderIcon()
  return (
    <span aria-hidden="true" data-cw-part="provider-icon" data-provider={provider}>
      {icon?.(provider) ?? provider.slice(0, 1).toUpperCase()}
    </span>
  )
}
