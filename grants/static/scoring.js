// Counts while somebody scores: characters of a reason towards the least, and how many parts are scored. The server says
// the same when the page is loaded, and is asked about nothing here.
const form = document.querySelector('form[data-least]')
const least = Number(form.dataset.least)
const total = document.querySelector('[data-scored]')
const states = [...document.querySelectorAll('[data-state]')]

function look () {
  for (const block of form.querySelectorAll('[data-question]')) {
    const code = block.dataset.question
    const typed = [...block.querySelector('textarea').value.trim()].length
    const marked = block.querySelector('input[type=radio]:checked')?.value
    block.querySelector('[data-count]').textContent = `${typed} of at least ${least} characters`
    const state = states.find(one => one.dataset.state === code)
    state.textContent = marked && typed >= least ? 'scored' : 'not scored yet'
  }
  const scored = states.filter(one => one.textContent === 'scored').length
  total.textContent = total.textContent.replace(/^\d+/, scored)
}

form.addEventListener('input', look)
look()
// What was typed while the page was still on its way is saved as well: autosave.js, which came before this, hears of it.
for (const box of form.querySelectorAll('textarea, input[type=radio]')) {
  const typed = box.type === 'radio' ? box.checked && !box.defaultChecked : box.value !== box.defaultValue
  if (typed) box.dispatchEvent(new Event('input', { bubbles: true }))
}
