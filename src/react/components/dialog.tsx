import { type ReactNode, useEffect, useRef } from 'react'

/**
 * A modal dialog of the browser: it holds the focus, ends with Escape, and gives the focus back to where it was.
 *
 * @param onClose - a person wants it to go; it goes when its owner leaves it out
 */
export function Dialog(props: {
  readonly part: string
  readonly labelledBy: string
  readonly onClose: () => void
  readonly className?: string | undefined
  readonly state?: string | undefined
  readonly children: ReactNode
}): ReactNode {
  const { part, labelledBy, onClose, className, state, children } = props
  const ref = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={ref}
      aria-labelledby={labelledBy}
      data-cw-part={part}
      data-state={state}
      className={className}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      {children}
    </dialog>
  )
}
