import { Eye } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { Button } from '../parts/button.js'
import { Waiting } from '../parts/panel.js'
import { Sheet } from '../parts/sheet.js'
import { begin, readTroubles, type Trouble } from '../session.js'

/** Switches that break things on purpose, each with what to look at. The page beside it stays in use. */
export function Troubles({ onClose }: { onClose(): void }): ReactNode {
  const [troubles, setTroubles] = useState<readonly Trouble[]>()
  useEffect(() => {
    readTroubles().then(
      ({ troubles: known }) => setTroubles(known),
      () => setTroubles([]),
    )
  }, [])
  return (
    <Sheet
      title="Break it"
      description="Each of these happens to real calendars. See what becomes of it."
      isModal={false}
      onClose={onClose}
    >
      {!troubles && <Waiting rows={6} />}
      <ul className="grid gap-4">
        {troubles?.map((trouble) => (
          <TroubleRow key={trouble.id} trouble={trouble} />
        ))}
      </ul>
    </Sheet>
  )
}

function TroubleRow({ trouble: { id, title, words, watchFor } }: { readonly trouble: Trouble }): ReactNode {
  const [said, setSaid] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const press = async () => {
    setBusy(true)
    try {
      setSaid((await begin(id)).said)
    } catch (error) {
      setSaid(error instanceof Error ? error.message : 'This did not work.')
    } finally {
      setBusy(false)
    }
  }
  return (
    <li className="grid gap-1 border-b pb-4 last:border-b-0">
      <div className="flex items-center justify-between gap-3">
        <h3 className="font-semibold">{title}</h3>
        <Button onClick={press} disabled={isBusy} aria-label={`Do it: ${title}`}>
          Do it
        </Button>
      </div>
      <p className="text-sm text-soft">{words}</p>
      <p className="flex items-start gap-1.5 text-sm">
        <Eye size={14} aria-hidden="true" className="mt-[3px] shrink-0 text-accent" />
        <span>
          <span className="sr-only">Watch for: </span>
          {watchFor}
        </span>
      </p>
      <p
        role="status"
        className={said === undefined ? '' : 'mt-1 rounded-lg bg-accent-soft px-3 py-1.5 text-sm text-accent'}
      >
        {said}
      </p>
    </li>
  )
}
