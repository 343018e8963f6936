---@brief
---
--- The language server of dfix, which finds what makes images large, builds slow and signals lost in Dockerfiles, and
--- rewrites it on proof. It is part of the `dfix` binary.
---
--- Neovim 0.11 and later read this file by themselves; `vim.lsp.enable('dfix')` is all that it needs.

-- Neovim takes edits that name a version, and refuses those of an earlier one, but does not say so. Told that it can, the server
-- also marks what a person should confirm, for which Neovim 0.12 asks. What Neovim says of itself is added by 0.12; before, it
-- has to be here.
local capabilities = vim.fn.has('nvim-0.12') == 1 and {} or vim.lsp.protocol.make_client_capabilities()
capabilities = vim.tbl_deep_extend('force', capabilities, { workspace = { workspaceEdit = { documentChanges = true } } })

---@type vim.lsp.Config
return {
  cmd = { 'dfix', 'lsp' },
  filetypes = { 'dockerfile', 'containerfile' },
  capabilities = capabilities,
  root_markers = { 'dfix.toml', '.dfix.toml', '.git' },
}
