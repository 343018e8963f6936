-- What the server has to tell, in windows.
local client_of = require('dfix.client')

local M = {}

-- A page of the server ({ title, markdown }) in a floating window. Called a second time, it moves the cursor into it.
local function float(page)
  local lines = vim.split(page.markdown, '\n', { trimempty = true })
  vim.lsp.util.open_floating_preview(lines, 'markdown', {
    border = 'rounded',
    title = (' %s '):format(page.title),
    max_width = 100,
    focus_id = 'dfix',
    close_events = { 'CursorMoved', 'BufHidden', 'InsertEnter' },
  })
end

--- The rules of the findings on a line, each once.
---@param buffer integer
---@param line integer counted from 0
---@return string[]
function M.rules_on_line(buffer, line)
  local rules, seen = {}, {}
  for _, finding in ipairs(vim.diagnostic.get(buffer)) do
    local rule = finding.code
    local here = finding.lnum <= line and line <= (finding.end_lnum or finding.lnum)
    if here and finding.source == 'dfix' and rule and not seen[rule] then
      seen[rule] = true
      rules[#rules + 1] = tostring(rule)
    end
  end
  return rules
end

local function explain_rule(rule)
  local buffer = vim.api.nvim_get_current_buf()
  local client = client_of.need(buffer)
  if not client then
    return
  end
  client_of.request(client, 'dfix/explain', { rule = rule }, buffer, function(page)
    if page then
      float(page)
    else
      vim.notify(('dfix: there is no rule %q'):format(rule), vim.log.levels.WARN)
    end
  end)
end

--- Shows the page of a rule; without one, of the rule that speaks of the cursor line. Asks where there are several.
---@param rule? string
function M.explain(rule)
  if rule and rule ~= '' then
    return explain_rule(rule)
  end
  local rules = M.rules_on_line(0, vim.api.nvim_win_get_cursor(0)[1] - 1)
  if #rules == 0 then
    vim.notify('dfix: nothing is found on this line; `:Dfix explain RULE` explains any rule')
  elseif #rules == 1 then
    explain_rule(rules[1])
  else
    vim.ui.select(rules, { prompt = 'Explain' }, function(choice)
      if choice then
        explain_rule(choice)
      end
    end)
  end
end

--- Shows what proves that the fix at the cursor keeps the image, or why it could not be proven.
function M.proof()
  local buffer = vim.api.nvim_get_current_buf()
  local client = client_of.need(buffer)
  if not client then
    return
  end
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  client_of.request(client, 'dfix/proof', params, buffer, function(page)
    if page then
      float(page)
    else
      vim.notify('dfix: no finding here')
    end
  end)
end

--- Shows the syntax tree of the current buffer beside it, and keeps it up to date until its window is closed.
function M.tree()
  local source = vim.api.nvim_get_current_buf()
  local client = client_of.need(source)
  if not client then
    return
  end
  local view = vim.api.nvim_create_buf(false, true)
  local group = vim.api.nvim_create_augroup('dfix.tree.' .. view, {})
  local function refresh()
    local params = { textDocument = vim.lsp.util.make_text_document_params(source) }
    client_of.request(client, 'dfix/syntaxTree', params, source, function(text)
      if vim.api.nvim_buf_is_valid(view) then
        vim.bo[view].modifiable = true
        vim.api.nvim_buf_set_lines(view, 0, -1, false, vim.split(text or '', '\n', { trimempty = true }))
        vim.bo[view].modifiable = false
      end
    end)
  end
  vim.bo[view].bufhidden = 'wipe'
  vim.bo[view].filetype = 'dfixtree'
  vim.api.nvim_buf_set_name(view, ('dfix-tree://%d/%s'):format(view, vim.fn.bufname(source)))
  vim.cmd('vertical sbuffer ' .. view)
  vim.wo[0][0].wrap = false
  vim.cmd('wincmd p')
  vim.api.nvim_create_autocmd({ 'TextChanged', 'TextChangedI' }, { group = group, buffer = source, callback = refresh })
  vim.api.nvim_create_autocmd('BufWipeout', {
    group = group,
    buffer = view,
    callback = function()
      vim.api.nvim_del_augroup_by_id(group)
    end,
  })
  refresh()
end

--- The places that a code lens speaks of, in the quickfix list. Its arguments are those of VS Code's command of that kind: the
--- document, the position, the locations.
---@param command table
---@param context table
function M.references(command, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  local locations = (command.arguments or {})[3]
  if client and type(locations) == 'table' and #locations > 0 then
    local items = vim.lsp.util.locations_to_items(locations, client.offset_encoding)
    vim.fn.setqflist({}, ' ', { title = command.title, items = items })
    vim.cmd('botright copen')
  end
end

return M
