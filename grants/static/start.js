// Wakes the design system's components. Every page works without this.
const address = document.querySelector('script[data-govuk]').dataset.govuk
const { initAll } = await import(address)
initAll()
