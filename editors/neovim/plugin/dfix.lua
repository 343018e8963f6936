if vim.g.loaded_dfix then
  return
end
vim.g.loaded_dfix = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify('dfix: needs Neovim 0.10 or later', vim.log.levels.WARN)
  return
end

vim.api.nvim_create_user_command('Dfix', function(call)
  require('dfix.command').run(call)
end, {
  nargs = '+',
  range = true,
  complete = function(lead, line, column)
    return require('dfix.command').complete(lead, line, column)
  end,
  desc = 'dfix: fix, format, explain a rule, show the proof of a fix or the syntax tree, verify',
})

-- The server's commands that need a window. Those that only edit are left to the server.
vim.lsp.commands['dfix.explain'] = function(command)
  require('dfix.show').explain((command.arguments or {})[1])
end
vim.lsp.commands['dfix.verify'] = function(command)
  require('dfix.verify').start(vim.uri_to_bufnr(command.arguments[1]))
end
vim.lsp.commands['dfix.showReferences'] = function(command, context)
  require('dfix.show').references(command, context)
end

vim.api.nvim_create_autocmd('LspAttach', {
  group = vim.api.nvim_create_augroup('dfix.attach', {}),
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'dfix' then
      require('dfix.client').on_attach(client, event.buf)
    end
  end,
})

-- While Neovim starts, init.lua has run before this file. A plugin manager that loads the plugin later may call `setup` right
-- after it: then the server starts a moment later, with the options that `setup` got.
if vim.v.vim_did_enter == 1 then
  vim.schedule(function()
    require('dfix.client').enable()
  end)
else
  require('dfix.client').enable()
end
