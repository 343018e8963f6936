-- The init.lua of the test `options.lua`.
require('dfix').setup({
  fix_on_save = true,
  format_on_save = true,
  inlay_hints = true,
  codelens = true,
  server = { settings = { ignore = { 'apt-merge' } }, inlayHints = {} },
})
