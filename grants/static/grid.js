// Adds up money and counts as they are typed: rows, columns and the whole of a grid (data-sum), the columns of a table
// (data-sum-columns), the years of one answer (data-sum-boxes). The server's own totals stand there without it and after
// each save. An amount is read as strictly as there; what is no amount yet counts as nothing.
const number = typed => {
  const amount = typed.trim().match(/^£?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?$/)
  return amount ? Number(amount[1].replaceAll(',', '')) * 100 + Number((amount[2] ?? '').padEnd(2, '0')) : 0
}
const words = (hundredths, money) => {
  if (!hundredths) return ''
  const said = (hundredths / 100).toLocaleString('en-GB', { minimumFractionDigits: hundredths % 100 && money ? 2 : 0, maximumFractionDigits: 2 })
  return money ? `£${said}` : said
}
const sum = amounts => amounts.reduce((one, other) => one + other, 0)
const typed = boxes => [...boxes].map(box => number(box.value))

function addGrid (table) {
  const rows = [...table.tBodies[0].rows].filter(row => row.querySelector('[data-total]'))
  const last = table.querySelector('[data-totals]')
  const years = rows.map(row => typed(row.querySelectorAll('input')))
  rows.forEach((row, place) => {
    row.querySelector('[data-total]').textContent = words(sum(years[place]), row.querySelector('.grants-money'))
  })
  if (!last) return
  const totals = years[0].map((_, year) => sum(years.map(row => row[year])))
  ;[...totals, sum(totals)].forEach((total, place) => { last.querySelectorAll('td')[place].textContent = words(total, true) })
}

function addColumns (table) {
  for (const cell of table.querySelectorAll('[data-column-total]')) {
    const column = [...table.tBodies[0].rows].map(row => row.cells[cell.cellIndex].querySelector('input'))
    cell.querySelector('[data-total]').textContent = words(sum(typed(column)), true) || '£0'
  }
}

function addBoxes (group) {
  group.querySelector('[data-total]').textContent = words(sum(typed(group.querySelectorAll('input'))), true) || '£0'
}

// Listened for on the page as a whole: a block of it may be exchanged for another while it is open.
const kinds = [['table[data-sum]', addGrid], ['table[data-sum-columns]', addColumns], ['[data-sum-boxes]', addBoxes]]
document.addEventListener('input', ({ target }) => {
  for (const [kind, add] of kinds) {
    const found = target.closest(kind)
    if (found) add(found)
  }
})
