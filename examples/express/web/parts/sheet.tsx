import { Dialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { buttonClass } from './button.js'

interface SheetProps {
  readonly title: ReactNode
  readonly description?: ReactNode
  onClose(): void
  /** False: the page beside it stays in use. @default true */
  readonly isModal?: boolean
  readonly children: ReactNode
}

/** A panel at the side of the page; on small screens it comes from below. */
export function Sheet({ title, description, onClose, isModal = true, children }: SheetProps): ReactNode {
  return (
    <Dialog.Root
      open
      modal={isModal}
      disablePointerDismissal={!isModal}
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Dialog.Portal>
        {isModal && <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/35 dark:bg-black/60" />}
        <Dialog.Popup className="fixed inset-x-0 bottom-0 z-40 grid max-h-[85dvh] grid-rows-[auto_minmax(0,1fr)] rounded-t-2xl border bg-raised shadow-2xl outline-none md:inset-x-auto md:inset-y-3 md:right-3 md:max-h-none md:w-[25rem] md:rounded-2xl">
          <div className="flex items-start justify-between gap-3 border-b px-5 pt-4 pb-3">
            <div className="min-w-0">
              <Dialog.Title className="text-[1.0625rem] leading-6 font-semibold tracking-tight break-words">
                {title}
              </Dialog.Title>
              {description !== undefined && (
                <Dialog.Description className="mt-0.5 text-sm text-soft">{description}</Dialog.Description>
              )}
            </div>
            <Dialog.Close aria-label="Close" className={buttonClass('quiet', true)}>
              <X size={16} aria-hidden="true" />
            </Dialog.Close>
          </div>
          <div className="overflow-y-auto px-5 py-4">{children}</div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
