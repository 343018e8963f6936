-- Verifies a buffer with a real build, which takes its time: what it is at is told below, the result in a window of its own.
local client_of = require('dfix.client')

local M = {}

-- The tokens of the builds that were asked for, by buffer. One that stays after the server is gone does no harm.
local tokens = {}
local count = 0

local function tell(message)
  -- What does not fit into the line would have to be confirmed.
  vim.api.nvim_echo({ { vim.fn.strcharpart('dfix: ' .. message, 0, math.max(10, vim.v.echospace)) } }, false, {})
end

vim.api.nvim_create_autocmd('LspProgress', {
  group = vim.api.nvim_create_augroup('dfix.verify', {}),
  callback = function(event)
    local params = event.data.params or {}
    for _, own in pairs(tokens) do
      if own[params.token] and params.value.kind == 'report' and params.value.message then
        tell(params.value.message)
      end
    end
  end,
})

-- A page of the server beside the buffer. The cursor stays where somebody may be typing.
local function show(page)
  local view = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(view, 0, -1, false, vim.split(page.markdown, '\n', { trimempty = true }))
  vim.bo[view].modifiable = false
  vim.bo[view].bufhidden = 'wipe'
  vim.bo[view].filetype = 'markdown'
  vim.api.nvim_buf_set_name(view, ('dfix-page://%d/%s'):format(view, page.title))
  local window = vim.api.nvim_get_current_win()
  vim.cmd('botright sbuffer ' .. view)
  vim.api.nvim_set_current_win(window)
end

--- Builds a buffer as it is and as `dfix --write` would make it, and shows what differs.
---@param buffer? integer the current one by default
function M.start(buffer)
  buffer = buffer or vim.api.nvim_get_current_buf()
  local client = client_of.need(buffer)
  if not client then
    return
  end
  count = count + 1
  local token = 'dfix-build-' .. count
  tokens[buffer] = tokens[buffer] or {}
  tokens[buffer][token] = true
  local params = { textDocument = vim.lsp.util.make_text_document_params(buffer), workDoneToken = token }
  client_of.request(client, 'dfix/verify', params, buffer, function(result)
    tokens[buffer][token] = nil
    if not result or result == vim.NIL then
      vim.notify('dfix: verifying was stopped')
      return
    end
    vim.notify('dfix: ' .. result.message, result.verdict == 'equal' and vim.log.levels.INFO or vim.log.levels.WARN)
    show(result)
  end)
end

--- Stops the builds of a buffer.
---@param buffer? integer the current one by default
function M.stop(buffer)
  buffer = buffer or vim.api.nvim_get_current_buf()
  local client = client_of.need(buffer)
  if not client then
    return
  end
  for token in pairs(tokens[buffer] or {}) do
    client_of.notify(client, 'window/workDoneProgress/cancel', { token = token })
  end
end

return M
