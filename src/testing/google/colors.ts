import { type Answer, ok } from './call.js'

const eventColors = '#a4bdfc #7ae7bf #dbadff #ff887c #fbd75b #ffb878 #46d6db #e1e1e1 #5484ed #51b749 #dc2127'
const calendarColors =
  '#ac725e #d06b64 #f83a22 #fa573c #ff7537 #ffad46 #42d692 #16a765 #7bd148 #b3dc6c #fbe983 #fad165 ' +
  '#92e1c0 #9fe1e7 #9fc6e7 #4986e7 #9a9cff #b99aff #c2c2c2 #cabdbf #cca6ac #f691b2 #cd74e6 #a47ae2'

/** `colors.get`. The numbers are Google's; of the shades, only those of calendars 8 and 14 were seen in an answer. */
export function getColors(): Answer {
  const updated = '2012-02-14T00:00:00.000Z'
  const [event, calendar] = [palette(eventColors, '#1d1d1d'), palette(calendarColors, '#000000')]
  return ok({ kind: 'calendar#colors', updated, event, calendar })
}

/** The shade of a calendar's color. */
export function backgroundOf(colorId: string): string {
  return calendarColors.split(' ')[Number(colorId) - 1] ?? '#9fe1e7'
}

function palette(shades: string, foreground: string): object {
  return Object.fromEntries(shades.split(' ').map((background, index) => [index + 1, { background, foreground }]))
}
