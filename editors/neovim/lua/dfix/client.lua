-- The client: starting, restarting and finding it, and the differences between Neovim's versions.
local options = require('dfix.options')

local M = {}

-- Neovim 0.11 and later start servers by themselves; before, an autocommand here does.
local native = vim.fn.has('nvim-0.11') == 1
local start_group = native and 'nvim.lsp.enable' or 'dfix.enable'

--- The configuration of the client, from `lsp/dfix.lua`, the options and, with 0.11 and later, `vim.lsp.config`.
---@return table
function M.config()
  if native then
    return vim.lsp.config.dfix
  end
  local file = vim.api.nvim_get_runtime_file('lsp/dfix.lua', false)[1]
  return vim.tbl_deep_extend('force', { name = 'dfix' }, dofile(file), options.client())
end

-- Starts or reuses a client for a buffer; what `vim.lsp.enable` does where it exists.
local function start(buffer)
  if vim.bo[buffer].buftype ~= '' then
    return
  end
  local config = M.config()
  if not vim.list_contains(config.filetypes, vim.bo[buffer].filetype) then
    return
  end
  config.root_dir = vim.fs.root(buffer, config.root_markers)
  vim.lsp.start(config, { bufnr = buffer })
end

local enabled = false

--- Makes the options known to Neovim's own configuration.
function M.configure()
  if native then
    vim.lsp.config('dfix', options.client())
  end
end

--- Starts the server for the Dockerfiles that are open and that will be opened, unless the options say otherwise.
function M.enable()
  if enabled or not options.get().enable then
    return
  end
  enabled = true
  M.configure()
  if native then
    vim.lsp.enable('dfix')
    return
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup(start_group, {}),
    callback = function(event)
      start(event.buf)
    end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) then
      start(buffer)
    end
  end
end

--- The client of a buffer.
---@param buffer? integer the current one by default
---@return vim.lsp.Client?
function M.get(buffer)
  return vim.lsp.get_clients({ name = 'dfix', bufnr = buffer or vim.api.nvim_get_current_buf() })[1]
end

--- The client of a buffer; tells the user when there is none.
---@param buffer? integer
---@return vim.lsp.Client?
function M.need(buffer)
  local client = M.get(buffer)
  if not client then
    vim.notify('dfix: no server for this buffer, see :checkhealth dfix', vim.log.levels.WARN)
  end
  return client
end

--- Asks the server; the handler is called with the result only, a failure is told to the user.
---@param client vim.lsp.Client
---@param method string
---@param params table
---@param buffer integer
---@param handler fun(result: any)
function M.request(client, method, params, buffer, handler)
  local function answered(failure, result)
    if failure then
      vim.notify(('dfix: %s: %s'):format(method, failure.message or vim.inspect(failure)), vim.log.levels.ERROR)
    else
      handler(result)
    end
  end
  if native then
    client:request(method, params, answered, buffer)
  else
    client.request(method, params, answered, buffer)
  end
end

--- Tells the server something.
---@param client vim.lsp.Client
---@param method string
---@param params table
function M.notify(client, method, params)
  if native then
    client:notify(method, params)
  else
    client.notify(method, params)
  end
end

--- Asks the server and waits.
---@param client vim.lsp.Client
---@param method string
---@param params table
---@param buffer integer
---@param timeout integer milliseconds
---@return any result nil when there is none, or when it failed, which is told to the user
function M.request_sync(client, method, params, buffer, timeout)
  local answer, failure
  if native then
    answer, failure = client:request_sync(method, params, timeout, buffer)
  else
    answer, failure = client.request_sync(method, params, timeout, buffer)
  end
  if answer and answer.err then
    failure = answer.err.message
  end
  if failure then
    vim.notify(('dfix: %s: %s'):format(method, failure), vim.log.levels.ERROR)
    return nil
  end
  return answer and answer.result
end

local function stop(client)
  if native then
    client:stop()
  else
    client.stop()
  end
end

--- Stops the server and starts it again for the buffers that it had.
function M.restart()
  local clients = vim.lsp.get_clients({ name = 'dfix' })
  local buffers = {}
  for _, client in ipairs(clients) do
    vim.list_extend(buffers, vim.tbl_keys(client.attached_buffers))
    stop(client)
  end
  if #buffers == 0 then
    buffers = { vim.api.nvim_get_current_buf() }
  end
  vim.wait(3000, function()
    return vim.iter(clients):all(function(client)
      return vim.lsp.get_client_by_id(client.id) == nil
    end)
  end, 10)
  for _, buffer in ipairs(buffers) do
    if vim.api.nvim_buf_is_valid(buffer) then
      -- Without the group nobody has enabled the server, and there is nothing to start again.
      pcall(vim.api.nvim_exec_autocmds, 'FileType', { group = start_group, buffer = buffer })
    end
  end
end

-- Shows code lenses and keeps them fresh.
local function show_codelens(buffer, group)
  if vim.lsp.codelens.enable then -- Neovim 0.12
    vim.lsp.codelens.enable(true, { bufnr = buffer })
    return
  end
  vim.lsp.codelens.refresh({ bufnr = buffer })
  vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'TextChanged' }, {
    group = group,
    buffer = buffer,
    callback = function()
      vim.lsp.codelens.refresh({ bufnr = buffer })
    end,
  })
end

--- Called when the client takes a buffer: what the options ask for there.
---@param client vim.lsp.Client
---@param buffer integer
function M.on_attach(client, buffer)
  local wanted = options.get()
  local group = vim.api.nvim_create_augroup('dfix.buffer.' .. buffer, {})
  local can = client.server_capabilities
  if wanted.inlay_hints and can.inlayHintProvider then
    vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
  end
  if wanted.codelens and can.codeLensProvider then
    show_codelens(buffer, group)
  end
  if not (wanted.fix_on_save or wanted.format_on_save) then
    return
  end
  vim.api.nvim_create_autocmd('BufWritePre', {
    group = group,
    buffer = buffer,
    callback = function()
      if not M.get(buffer) then
        return
      end
      if wanted.fix_on_save then
        require('dfix.fix').all(buffer)
      end
      if wanted.format_on_save then
        require('dfix.fix').format(buffer)
      end
    end,
  })
end

return M
