// Before anything is shown, so that nobody in the dark sees a white page first.
{
  let chosen = null
  try {
    chosen = localStorage.getItem('calweave.theme')
  } catch {
    // Storage may be shut; the system's choice will do.
  }
  const isDark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
}
