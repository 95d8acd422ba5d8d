// Keeps the time left up to date by the server's clock. The page says it all without this, as it was when it was sent.
const HOUR = 3600, DAY = 24 * HOUR
const many = (count, word) => `${count} ${word}${count === 1 ? '' : 's'}`
const inWords = seconds => {
  const parts = [[Math.floor(seconds / DAY), 'day'], [Math.floor(seconds % DAY / HOUR), 'hour'], [Math.floor(seconds % HOUR / 60), 'minute']]
  const first = parts.findIndex(([count]) => count)
  if (first < 0) return seconds < 60 ? many(Math.max(0, Math.floor(seconds)), 'second') : ''
  return parts.slice(first, first + 2).filter(([count]) => count).map(([count, word]) => many(count, word)).join(' ')
}
const shown = (instant, zone) => new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', day: 'numeric', month: 'long', year: 'numeric' }).format(instant)
// What is read out, so that a screen reader is not spoken to every minute.
const SPOKEN = [[HOUR, '1 hour'], [30 * 60, '30 minutes'], [15 * 60, '15 minutes'], [5 * 60, '5 minutes'], [60, '1 minute']]

for (const place of document.querySelectorAll('[data-closes]')) {
  const closes = Date.parse(place.dataset.closes)
  const ahead = Date.parse(place.dataset.now) - Date.now()
  const secondsLeft = () => (closes - Date.now() - ahead) / 1000
  const part = name => place.querySelector(`[data-deadline="${name}"]`)
  let before = secondsLeft()

  const theirs = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (theirs && shown(closes, theirs) !== shown(closes, 'Europe/London')) {
    part('here').textContent = `By your own clock (${theirs.replaceAll('_', ' ')}) that is ${shown(closes, theirs)}.`
  }
  const tick = () => {
    const left = secondsLeft()
    if (left < 0) return close()
    part('left').textContent = `${inWords(left)} left`
    part('soon').hidden = left > HOUR
    part('soon-left').textContent = inWords(left)
    const passed = SPOKEN.find(([seconds]) => before > seconds && left <= seconds)
    if (passed) part('spoken').textContent = `This bid closes in ${passed[1]}.`
    before = left
    setTimeout(tick, left < 120 ? 1000 : 15000)
  }
  const close = () => {
    part('left').textContent = 'closed'
    part('soon').hidden = true
    part('over').hidden = false
    part('spoken').textContent = 'This bid has closed.'
  }
  tick()
}
