import { completeContent, type EventContent, type EventSpan } from 'calweave'

/** The week that the demo is set in, Monday to Sunday. The clocks change in its last night. */
export const week: { readonly from: number; readonly to: number; readonly zone: string } = {
  from: Date.UTC(2026, 2, 22, 23),
  to: Date.UTC(2026, 2, 29, 22),
  zone: 'Europe/Berlin',
}

/** From one wall time to another in Berlin, on one day. */
export function span(date: string, from: string, to: string): EventSpan {
  const at = (time: string) => ({ kind: 'timed', local: `${date}T${time}:00`, zone: week.zone }) as const
  return { start: at(from), end: at(to) }
}

/** What stands in "Work" before the first sync. */
export const ofWork: readonly EventContent[] = [
  completeContent({ title: 'Design review', location: 'Room Oak', time: span('2026-03-26', '10:00', '11:00') }),
  completeContent({
    title: 'Weekly report',
    time: span('2026-03-20', '16:00', '16:15'),
    recurrence: { rule: 'FREQ=WEEKLY;COUNT=8', rdates: [] },
  }),
]

/** What stands in "Home". */
export const ofHome: readonly EventContent[] = [
  completeContent({ title: 'Dentist', location: 'Lindenstraße 4', time: span('2026-03-25', '08:30', '09:15') }),
  completeContent({
    title: 'Choir practice',
    location: "St. Mary's hall",
    time: span('2026-03-17', '18:30', '20:00'),
    recurrence: { rule: 'FREQ=WEEKLY;COUNT=6', rdates: [] },
  }),
  completeContent({ title: 'Flat viewing', visibility: 'private', time: span('2026-03-27', '12:00', '12:45') }),
]
