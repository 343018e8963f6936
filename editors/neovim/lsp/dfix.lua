---@brief
---
--- The language server of dfix, which finds what makes images large, builds slow and signals lost in Dockerfiles, and
--- rewrites it on proof. It is part of the `dfix` binary.
---
--- Neovim 0.11 and later read this file by themselves; `vim.lsp.enable('dfix')` is all that it needs.

---@type vim.lsp.Config
return {
  cmd = { 'dfix', 'lsp' },
  filetypes = { 'dockerfile', 'containerfile' },
  root_markers = { 'dfix.toml', '.dfix.toml', '.git' },
}
