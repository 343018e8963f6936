-- `:checkhealth dfix`.
local M = {}

local health = vim.health

local function check_neovim()
  health.start('dfix: Neovim')
  local version = tostring(vim.version())
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok(('Neovim %s: the server is started by vim.lsp.enable'):format(version))
  elseif vim.fn.has('nvim-0.10') == 1 then
    health.ok(('Neovim %s: the server is started by an autocommand of this plugin'):format(version))
  else
    health.error(('Neovim %s is too old'):format(version), 'Use Neovim 0.10 or later')
  end
  local detected = vim.filetype.match({ filename = 'app.Containerfile' })
  if detected == 'dockerfile' then
    health.ok('File types: Dockerfile, Containerfile and their relatives are detected')
  else
    health.warn('File types: *.Containerfile is not detected', 'Is `:filetype on` missing, or the plugin not on the runtimepath?')
  end
end

-- The first line of what a command prints, or nil and what went wrong.
local function first_line(command)
  local started, process = pcall(vim.system, command, { text = true })
  if not started then
    return nil, process
  end
  local done = process:wait(5000)
  if done.code ~= 0 then
    return nil, ('exit status %d: %s'):format(done.code, vim.trim(done.stderr or ''))
  end
  return vim.trim(done.stdout or ''):match('^[^\n]*')
end

local function check_binary(config)
  health.start('dfix: binary')
  local command = config.cmd
  if type(command) ~= 'table' then
    health.warn('`cmd` is a function: the binary cannot be checked')
    return
  end
  local path = vim.fn.exepath(command[1])
  if path == '' then
    health.error(('%s is not found or not executable'):format(command[1]), {
      'Install it: `cargo install --path server` in the repository of dfix',
      "Or name it: require('dfix').setup({ cmd = { '/path/to/dfix', 'lsp' } })",
    })
    return
  end
  local version, failure = first_line({ path, '--version' })
  if not version or not version:match('^dfix %d') then
    health.error(('%s does not say that it is dfix: %s'):format(path, version or failure))
    return
  end
  health.ok(('%s: %s'):format(path, version))
  local _, refused = first_line({ path, 'lsp', '--help' })
  if refused then
    health.error(('%s has no language server: %s'):format(version, refused), 'Install a newer dfix')
  end
end

-- The closest file of these names in a folder or above it.
local function upward(names, folder)
  return vim.fs.find(names, { path = folder, upward = true, type = 'file', limit = 1 })[1]
end

local function configuration_in_force(client, buffer)
  local server = client.config.init_options or {}
  if type(server.configuration) == 'string' then
    return ('%s (option `configuration`, for all documents)'):format(server.configuration)
  end
  local name = vim.api.nvim_buf_get_name(buffer)
  local folder = name ~= '' and vim.fs.dirname(name) or vim.uv.cwd()
  local own = upward({ 'dfix.toml', '.dfix.toml' }, folder)
  if own then
    return own
  end
  local hadolint = upward({ '.hadolint.yaml', '.hadolint.yml' }, folder)
  if hadolint then
    return ('%s (`ignored` and `trustedRegistries` only)'):format(hadolint)
  end
  if type(server.settings) == 'table' and next(server.settings) then
    return 'no file, the option `settings`'
  end
  return 'none, the defaults hold'
end

local function check_client(client)
  -- Neovim 0.10 does not keep what the server says about itself.
  local info = client.server_info
  local server = info and (' of %s %s'):format(info.name, info.version or '') or ''
  local root = client.config.root_dir or 'none, single files'
  health.ok(('Client %d%s: %s positions, root: %s'):format(client.id, server, client.offset_encoding, root))
  for _, buffer in ipairs(vim.tbl_keys(client.attached_buffers)) do
    local name = vim.api.nvim_buf_get_name(buffer)
    health.info(('Buffer %d: %s\nConfiguration: %s'):format(
      buffer,
      name ~= '' and vim.fn.fnamemodify(name, ':~:.') or '(no name)',
      configuration_in_force(client, buffer)
    ))
  end
end

local function check_clients()
  health.start('dfix: clients')
  local clients = vim.lsp.get_clients({ name = 'dfix' })
  if #clients == 0 then
    if require('dfix.options').get().enable then
      health.info('No client runs: open a Dockerfile first, then call :checkhealth dfix there')
    else
      health.info("No client runs: the option `enable` is false; vim.lsp.enable('dfix') starts it")
    end
  end
  vim.iter(clients):each(check_client)
  for _, client in ipairs(vim.lsp.get_clients()) do
    if client.name ~= 'dfix' and vim.list_contains(client.config.filetypes or {}, 'dockerfile') then
      health.info(('%s serves Dockerfiles as well: both show what they find'):format(client.name))
    end
  end
end

function M.check()
  check_neovim()
  check_binary(require('dfix.client').config())
  check_clients()
end

return M
