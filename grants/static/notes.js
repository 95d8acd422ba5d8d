// Highlights and notes on a bid's text: whoever selects words in an answer is offered both beneath it. Without this, the
// link beneath each answer leads to a form that does the same.
const root = document.querySelector('[data-notes]')
const token = document.getElementById('notes-token')
const PATIENCE = 15000
let chosen = null

const bar = made('div', { className: 'grants-notebar', hidden: true })
bar.setAttribute('role', 'group')
bar.setAttribute('aria-label', 'The words that you selected')
const highlight = made('button', { type: 'button', className: 'govuk-button govuk-button--secondary', textContent: 'Highlight' })
const write = made('button', { type: 'button', className: 'govuk-button govuk-button--secondary', textContent: 'Highlight with a note' })
const label = made('label', { className: 'govuk-label', textContent: 'Note', htmlFor: 'note-words', hidden: true })
const words = made('textarea', { id: 'note-words', className: 'govuk-textarea', rows: 3, hidden: true })
const send = made('button', { type: 'button', className: 'govuk-button', textContent: 'Keep the note', hidden: true })
const said = made('p', { className: 'govuk-body-s' })
said.setAttribute('role', 'status')
bar.append(highlight, write, label, words, send)
root.append(said)

function made (name, said) {
  return Object.assign(document.createElement(name), said)
}

function answerOf (node) {
  return (node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement)?.closest('[data-answer]')
}

function ask (writing) {
  for (const one of [label, words, send]) one.hidden = !writing
  for (const one of [highlight, write]) one.hidden = writing
}

function hide () {
  bar.hidden = true
  chosen = null
}

document.addEventListener('selectionchange', () => {
  if (bar.contains(document.activeElement)) return
  const selection = document.getSelection(), answer = answerOf(selection.anchorNode), quote = selection.toString().trim()
  if (selection.isCollapsed || !answer || !quote || answer !== answerOf(selection.focusNode)) return hide()
  chosen = { answer, quote }
  if (answer.nextElementSibling !== bar) {
    answer.after(bar, said)
    words.value = ''
  }
  said.textContent = ''
  ask(false)
  bar.hidden = false
})

async function keep () {
  const { answer, quote } = chosen
  const body = new FormData()
  for (const [name, value] of [['csrf_token', token.value], ['quote', quote], ['text', words.value]]) body.append(name, value)
  let told
  try {
    const headers = { 'X-Requested-With': 'fetch' }
    told = await fetch(answer.dataset.answer, { method: 'POST', body, headers, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE) })
    if (told.status === 409) return say((await told.json()).refused)
    if (!told.ok) return say('This was not kept. Load the page again and try once more.')
    show(answer, await told.text())
  } catch {
    say('This was not kept: the server cannot be reached. Try again.')
  }
}

function say (what) {
  said.textContent = what
}

function show (answer, html) {
  const fresh = new DOMParser().parseFromString(html, 'text/html').querySelector('.grants-noted')
  const old = answer.closest('.grants-noted')
  words.value = ''
  hide()
  old.replaceWith(document.importNode(fresh, true))
  root.append(bar)
  document.querySelector(`[data-answer="${answer.dataset.answer}"]`).after(said)
  say('Kept. Only you can read it.')
}

// A press must not take the selection away before it is read.
for (const button of [highlight, write]) button.addEventListener('mousedown', event => event.preventDefault())
highlight.addEventListener('click', keep)
write.addEventListener('click', () => { ask(true); words.focus() })
send.addEventListener('click', keep)
bar.addEventListener('keydown', event => { if (event.key === 'Escape') hide() })
