import { type ReactNode, useEffect, useLayoutEffect, useRef } from 'react'

/** The dialog is open before what is in it takes the focus. A server has no layout, and older ones of React say so loudly. */
const useOpening: typeof useEffect = typeof window === 'undefined' ? useEffect : useLayoutEffect

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
  readonly children: ReactNode
}): ReactNode {
  const { part, labelledBy, onClose, className, children } = props
  const ref = useRef<HTMLDialogElement>(null)
  useOpening(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={ref}
      aria-labelledby={labelledBy}
      data-cw-part={part}
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
