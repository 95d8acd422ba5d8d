// Saves a section while it is typed. The page works without it; it only presses "Save" earlier, answer by answer.
//
// Each question's block (data-question) knows what the server last took of it. What differs is sent, one request at a
// time, always as it stands then: so nothing arrives out of order. What is not yet taken is kept on this computer.
const SIGNED_OUT = { type: 'opaqueredirect' }
const PAUSE = 1000, PATIENCE = 15000, WAITS = [2, 5, 10, 20, 30]
const form = document.querySelector('form[data-autosave]')
const place = form.dataset.place
const said = document.getElementById('saved')
const blocks = new Map([...form.querySelectorAll('[data-question]')].map(block => [block.dataset.question, block]))
const taken = new Map() // what the server has of each question, as text
const unfit = new Map() // what it could not take as it was, as text
const clashing = new Set()
const lost = new Set() // sent without an answer: the server may have it all the same
let sending = null, timer = null, failures = 0, stopped = '', leaving = false

// --- What a block holds

const boxes = block => [...block.querySelectorAll('input, textarea, select')].filter(box => box.name && box.type !== 'file')
const ticks = box => box.type === 'radio' || box.type === 'checkbox'

function fields (block) {
  return boxes(block).filter(box => !ticks(box) || box.checked).map(box => [box.name, box.value])
}

function fieldsAtFirst (block) {
  return boxes(block).filter(box => !ticks(box) || box.defaultChecked).map(box => [
    box.name,
    box.tagName === 'SELECT' ? ([...box.options].find(option => option.defaultSelected) ?? box.options[0])?.value ?? '' : box.defaultValue
  ])
}

function fill (block, wanted) {
  const left = wanted.map(([name, value]) => [name, value])
  for (const box of boxes(block)) {
    if (ticks(box)) {
      box.checked = wanted.some(([name, value]) => name === box.name && value === box.value)
    } else {
      const at = left.findIndex(([name]) => name === box.name)
      box.value = at < 0 ? '' : left.splice(at, 1)[0][1]
    }
    box.dispatchEvent(new Event('input', { bubbles: true }))
  }
}

const text = list => JSON.stringify(list)
const now = code => text(fields(blocks.get(code)))
const seen = code => form.elements[`seen_${code}`]
const unsent = () => [...blocks.keys()].filter(code => now(code) !== taken.get(code))
const label = code => blocks.get(code).dataset.label

// --- What is kept on this computer: only what the server does not have yet

const key = code => `grants:${place}:${code}`

function keep (code) {
  try {
    if (now(code) === taken.get(code)) localStorage.removeItem(key(code))
    else localStorage.setItem(key(code), JSON.stringify({ fields: fields(blocks.get(code)), seen: seen(code).value }))
  } catch { /* no room or no leave to keep anything: the page still has it */ }
}

function kept (code) {
  try {
    return JSON.parse(localStorage.getItem(key(code)))
  } catch {
    return null
  }
}

function forget (code) {
  try {
    localStorage.removeItem(key(code))
  } catch { /* nothing was kept */ }
}

// --- What the page says

function say (words, bad = false) {
  said.classList.toggle('grants-saved--not', bad)
  if (said.textContent !== words) said.textContent = words
}

function note (code, heading, words, choices) {
  clear(code)
  const block = blocks.get(code), box = document.createElement('div')
  box.className = 'govuk-inset-text grants-note-at'
  box.setAttribute('role', 'status')
  const lead = document.createElement('p')
  lead.className = 'govuk-body govuk-!-font-weight-bold'
  lead.textContent = heading
  const body = document.createElement('div')
  body.className = 'govuk-body grants-typed'
  body.textContent = words || 'Nothing'
  const row = document.createElement('div')
  row.className = 'govuk-button-group'
  for (const [name, act] of choices) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'govuk-button govuk-button--secondary'
    button.textContent = name
    button.addEventListener('click', act)
    row.append(button)
  }
  box.append(lead, body, row)
  block.prepend(box)
}

function clear (code) {
  blocks.get(code).querySelector('.grants-note-at')?.remove()
}

function focusOn (code) {
  boxes(blocks.get(code))[0]?.focus()
}

function readable (list) {
  return list.filter(([, value]) => value).map(([name, value]) => {
    const box = [...form.elements].find(one => one.name === name && (!ticks(one) || one.value === value))
    const words = box && ticks(box) ? box.labels[0]?.textContent.trim() : box?.tagName === 'SELECT' ? [...box.options].find(option => option.value === value)?.text : value
    return words || value
  }).join('\n')
}

// --- Sending

function soon (milliseconds) {
  clearTimeout(timer)
  timer = setTimeout(send, milliseconds)
}

async function send () {
  clearTimeout(timer)
  if (sending) return sending
  const codes = unsent().filter(code => !clashing.has(code) && unfit.get(code) !== now(code))
  if (!codes.length) return
  sending = exchange(codes)
  try {
    await sending
  } finally {
    sending = null
  }
  if (!stopped && !failures && unsent().some(code => codes.includes(code) && unfit.get(code) !== now(code) && !clashing.has(code))) soon(PAUSE)
}

async function exchange (codes) {
  const sent = new Map(codes.map(code => [code, now(code)]))
  let answer
  try {
    answer = await post(codes)
    if (answer.status === 400) answer = await refresh() ? await post(codes) : SIGNED_OUT
  } catch {
    lose(codes)
    return fail(navigator.onLine === false ? 'you seem to be offline' : 'the server cannot be reached')
  }
  if (answer.type === 'opaqueredirect') return fail('you are signed out. Sign in again in another window', true)
  const told = (answer.headers.get('Content-Type') ?? '').includes('json') ? await answer.json().catch(() => null) : null
  if (answer.status === 409 && told) return stop(told.refused)
  if ([403, 404].includes(answer.status)) return stop('This page can no longer be saved: it is not there any more, or no longer yours.')
  if (answer.status === 413) return stop('This is too long to be saved. Make it shorter.')
  if (!answer.ok || !told) {
    lose(codes) // a server on the way may have given up on one that saved it, or the answer broke off half-way
    return fail('something went wrong on our side')
  }
  failures = 0
  stopped = ''
  take(told, sent)
}

function post (codes) {
  const body = new FormData()
  for (const name of ['csrf_token', 'opened']) if (form.elements[name]) body.append(name, form.elements[name].value)
  for (const code of codes) {
    body.append('asked', code)
    body.append(`seen_${code}`, seen(code).value)
    for (const [name, value] of fields(blocks.get(code))) body.append(name, value)
  }
  return fetch(form.dataset.autosave, { method: 'POST', body, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) })
}

// The page as the server would give it now: after a new sign-in its form token is another.
async function fresh () {
  const answer = await fetch(location.pathname, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) })
  return answer.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('form[data-autosave]') : null
}

async function refresh () {
  const other = await fresh()
  if (!other) return false
  form.elements.csrf_token.value = other.elements.csrf_token.value
  return true
}

function take (told, sent) {
  for (const [code, mark] of Object.entries(told.seen)) {
    seen(code).value = mark
    taken.set(code, sent.get(code))
    unfit.delete(code)
    lost.delete(code)
    keep(code)
  }
  for (const code of Object.keys(told.unfit)) unfit.set(code, sent.get(code))
  let again = false
  for (const [code, clash] of Object.entries(told.clashes)) {
    // What this page sent before and never heard of again is no clash: what stands here now goes over it.
    if (clash.mine && lost.delete(code)) {
      seen(code).value = clash.seen
      again = true
    } else {
      meet(code, clash)
    }
  }
  const left = Object.values(told.unfit)
  if (clashing.size) say(`Not all is saved: ${[...clashing].map(code => `“${label(code)}”`).join(', ')} changed meanwhile. Choose there.`, true)
  else if (left.length) say(`Saved at ${told.at}, but for what is not complete yet. ${left.join(' ')}`)
  else if (again) say('Saving …')
  else if (told.late) say(`Kept at ${told.at}, after closing. It is not part of the bid.`)
  else say(`Saved at ${told.at}`)
}

function lose (codes) {
  for (const code of codes) lost.add(code)
}

function fail (why, slowly = false) {
  failures += 1
  say(`Not saved: ${why}. We keep trying; what you typed is kept on this computer.`, true)
  soon(1000 * (slowly ? 10 : WAITS[Math.min(failures, WAITS.length) - 1]))
}

function stop (why) {
  stopped = why
  say(`Not saved. ${why} What you typed is kept on this computer.`, true)
}

// --- Two people, one answer. Whatever takes a button away takes the focus off it, and that sends: so it comes last.

function meet (code, clash) {
  clashing.add(code)
  note(code, `${clash.by} changed this answer meanwhile. What stands there now:`, clash.theirs, [
    ['Keep what stands there', async event => {
      event.target.disabled = true
      const other = await fresh().catch(() => null)
      const block = other?.querySelector(`[data-question="${code}"]`)
      if (!block) {
        event.target.disabled = false
        return say('The other text could not be fetched. Try again.')
      }
      seen(code).value = other.elements[`seen_${code}`].value
      show(code, fieldsAtFirst(block), block)
      taken.set(code, now(code))
      forget(code)
      clashing.delete(code)
      clear(code)
      say('The other text was kept.')
      focusOn(code)
    }],
    ['Save mine instead', () => {
      seen(code).value = clash.seen
      clashing.delete(code)
      clear(code)
      keep(code)
      focusOn(code)
      send()
    }]
  ])
}

// A table may have more rows now than when the page was opened: then the whole block is taken over.
function show (code, wanted, block) {
  const mine = blocks.get(code)
  if (boxes(mine).length === boxes(block).length) return fill(mine, wanted)
  const other = document.importNode(block, true)
  mine.replaceWith(other)
  blocks.set(code, other)
}

// --- What was typed before the page closed

function offer (code) {
  const old = kept(code)
  if (!old) return
  if (text(old.fields) === now(code)) return forget(code)
  note(code, 'You had typed this before the page closed. It is not saved:', readable(old.fields), [
    ['Put it back', () => {
      seen(code).value = old.seen
      fill(blocks.get(code), old.fields)
      clear(code)
      focusOn(code)
      send()
    }],
    ['Throw it away', () => {
      clear(code)
      forget(code)
      focusOn(code)
    }]
  ])
}

// --- Listening

for (const [code, block] of blocks) taken.set(code, text(fieldsAtFirst(block)))
for (const code of blocks.keys()) offer(code)
if (!said.textContent) say('This page saves by itself while you type.')
form.addEventListener('input', event => {
  const code = event.target.closest('[data-question]')?.dataset.question
  if (!code) return
  keep(code)
  if (!failures) soon(PAUSE)
})
form.addEventListener('focusout', () => { if (!failures) send() })
addEventListener('online', () => { failures = 0; send() })
addEventListener('beforeunload', event => { if (!leaving && unsent().length) event.preventDefault() })

// The button waits for what is under way, so that nobody clashes with himself; then the form goes as it always does.
form.addEventListener('submit', async event => {
  if (leaving) return
  event.preventDefault()
  const button = event.submitter
  await new Promise(done => setTimeout(done)) // while this event lasts, a browser takes no other of the same form
  await sending
  await send()
  if (leaving) return // pressed twice: one of the two is enough
  const left = unsent()
  if ((failures && !stopped) || left.some(code => clashing.has(code))) return said.scrollIntoView({ block: 'nearest' })
  leaving = true
  form.requestSubmit(button)
})
