-- Edits of a whole buffer.
local client_of = require('dfix.client')

local M = {}

-- Reading, fixing and proving a file takes milliseconds; this is for a machine that is busy with something else.
local TIMEOUT = 5000

-- The action with its edit: a server may leave the edit out until it is asked for.
local function resolved(client, action, buffer)
  if action.edit or not action.data then
    return action
  end
  return client_of.request_sync(client, 'codeAction/resolve', action, buffer, TIMEOUT) or action
end

--- Applies the safe fixes of a buffer, as `dfix --write` would to the file. Waits for the server.
---@param buffer? integer the current one by default
---@return boolean changed
function M.all(buffer)
  buffer = buffer or vim.api.nvim_get_current_buf()
  local client = client_of.need(buffer)
  if not client then
    return false
  end
  local last = vim.api.nvim_buf_line_count(buffer)
  local actions = client_of.request_sync(client, 'textDocument/codeAction', {
    textDocument = vim.lsp.util.make_text_document_params(buffer),
    range = { start = { line = 0, character = 0 }, ['end'] = { line = last, character = 0 } },
    context = { diagnostics = {}, only = { 'source.fixAll.dfix' } },
  }, buffer, TIMEOUT)
  local before = vim.api.nvim_buf_get_changedtick(buffer)
  for _, action in ipairs(actions or {}) do
    if not action.disabled then
      local edit = resolved(client, action, buffer).edit
      if edit then
        vim.lsp.util.apply_workspace_edit(edit, client.offset_encoding)
      end
    end
  end
  return vim.api.nvim_buf_get_changedtick(buffer) ~= before
end

--- Formats a buffer, whatever other servers it has. Waits for the server.
---@param buffer? integer the current one by default
---@param range? { start: integer[], end: integer[] } as `vim.lsp.buf.format` takes it
function M.format(buffer, range)
  buffer = buffer or vim.api.nvim_get_current_buf()
  if client_of.need(buffer) then
    vim.lsp.buf.format({ name = 'dfix', bufnr = buffer, timeout_ms = TIMEOUT, range = range })
  end
end

return M
