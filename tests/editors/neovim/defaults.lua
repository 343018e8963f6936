-- The plugin as it is when nothing is set: what the README promises.
local test, wait_for, equal, contains = T.test, T.wait_for, T.equal, T.contains

-- The findings of the binary as (line, column, rule), counted from 0 as Neovim counts.
local function found_by_the_binary(path)
  local report = vim.json.decode(T.dfix({ '--format', 'json', path }, { 0, 1 }))
  return vim
    .iter(report.files[1].findings)
    :map(function(finding)
      return { finding.start.line - 1, finding.start.column - 1, finding.rule }
    end)
    :totable()
end

local function by_place(findings)
  table.sort(findings, function(a, b)
    return vim.inspect(a) < vim.inspect(b)
  end)
  return findings
end

test('file types', function()
  local names = {
    ['Dockerfile'] = 'dockerfile',
    ['Dockerfile.prod'] = 'dockerfile',
    ['api.Dockerfile'] = 'dockerfile',
    ['api.dockerfile'] = 'dockerfile',
    ['Containerfile'] = 'dockerfile',
    ['Containerfile.prod'] = 'dockerfile',
    ['api.Containerfile'] = 'dockerfile',
    ['Dockerfile.dockerignore'] = 'gitignore',
    ['api.Dockerfile.dockerignore'] = 'gitignore',
  }
  for name, wanted in pairs(names) do
    equal(vim.filetype.match({ filename = name }), wanted, name)
  end
end)

test('the findings are those of the binary, each once', function()
  local path = T.copy('findings') .. '/Dockerfile'
  local client = T.open(path)
  if vim.fn.has('nvim-0.11') == 1 then
    equal(client.server_info.name, 'dfix', 'the server')
  end
  local shown = vim
    .iter(T.findings())
    :map(function(finding)
      equal(finding.source, 'dfix', 'the source of a finding')
      return { finding.lnum, finding.col, finding.code }
    end)
    :totable()
  equal(by_place(shown), by_place(found_by_the_binary(path)), 'findings')
end)

test('a code action fixes one finding', function()
  T.open(T.copy('action') .. '/Dockerfile')
  T.findings()
  T.cursor('ADD app.py')
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.kind == 'quickfix' and action.isPreferred
    end,
  })
  wait_for('the edit', function()
    return vim.api.nvim_get_current_line() == 'COPY app.py /src/'
  end)
  contains(T.text(), 'MAINTAINER', 'the rest of the file')
end)

test('an unsafe fix says so, and asks first where Neovim can ask', function()
  T.open(T.copy('unsafe') .. '/Dockerfile')
  T.findings()
  T.cursor('apt-get install')
  local title
  local function apply()
    vim.lsp.buf.code_action({
      apply = true,
      filter = function(action)
        local chosen = action.kind == 'quickfix' and vim.startswith(action.title, 'Install without recommended')
        title = chosen and action.title or title
        return chosen
      end,
    })
  end
  local asked = 0
  local confirm = vim.fn.confirm
  local answer = 2
  vim.fn.confirm = function()
    asked = asked + 1
    return answer
  end
  apply()
  if vim.fn.has('nvim-0.12') == 1 then
    wait_for('the question', function()
      return asked > 0
    end)
    equal(T.text():find('--no-install-recommends', 1, true), nil, 'is it applied after a no?')
    answer = 1
    apply()
  end
  wait_for('the edit', function()
    return T.text():find('--no-install-recommends', 1, true)
  end)
  vim.fn.confirm = confirm
  contains(title, 'unsafe', 'the title')
end)

test('the finding goes when its cause is gone', function()
  T.open(T.copy('typing') .. '/Dockerfile')
  T.findings()
  T.cursor('ADD app.py')
  vim.api.nvim_set_current_line('COPY app.py /src/')
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  wait_for('the finding to go', function()
    return #vim.diagnostic.get(0, { lnum = line }) == 0
  end)
end)

test(':Dfix fix and a write give what dfix --write gives', function()
  local folder = T.copy('fix')
  local other = T.copy('fix-by-the-binary')
  T.open(folder .. '/Dockerfile')
  vim.cmd('Dfix fix')
  vim.cmd('silent write')
  T.dfix({ '--write', other .. '/Dockerfile' }, { 0, 1 })
  local fixed = T.read(folder .. '/Dockerfile')
  equal(fixed, T.read(other .. '/Dockerfile'), 'the file')
  contains(fixed, 'LABEL org.opencontainers.image.authors', 'the fixed file')
  vim.cmd('Dfix fix')
  equal(T.told, { '[info] dfix: no safe fix to apply' }, 'a second time')
end)

test('a rename changes all places of a stage', function()
  T.open(T.copy('rename') .. '/Dockerfile')
  T.cursor('--from=builder')
  vim.cmd('normal! f=l')
  vim.lsp.buf.rename('compiled')
  wait_for('the renaming', function()
    return T.text():find('FROM debian:12-slim AS compiled', 1, true) and T.text():find('--from=compiled', 1, true)
  end)
end)

test('formatting gives what dfix fmt gives', function()
  local folder = T.copy('format')
  local other = T.copy('format-by-the-binary')
  T.open(folder .. '/unformatted.Dockerfile')
  vim.cmd('Dfix format')
  vim.cmd('silent write')
  T.dfix({ 'fmt', '--write', other .. '/unformatted.Dockerfile' }, { 0, 1 })
  local formatted = T.read(folder .. '/unformatted.Dockerfile')
  equal(formatted, T.read(other .. '/unformatted.Dockerfile'), 'the file')
  equal(formatted == T.read(vim.env.PROJECT .. '/unformatted.Dockerfile'), false, 'is it as it was?')
end)

test('hover says what an instruction is', function()
  T.open(T.copy('hover') .. '/Dockerfile')
  T.cursor('WORKDIR')
  vim.lsp.buf.hover()
  contains(T.float(), 'WORKDIR', 'the hover')
end)

test('completion offers the stages', function()
  local client = T.open(T.copy('completion') .. '/Dockerfile')
  T.cursor('--from=builder')
  vim.cmd('normal! f=l')
  local items = require('dfix.client').request_sync(
    client,
    'textDocument/completion',
    vim.lsp.util.make_position_params(0, client.offset_encoding),
    0,
    5000
  )
  local labels = vim
    .iter(items.items or items)
    :map(function(item)
      return item.label
    end)
    :totable()
  equal(vim.list_contains(labels, 'builder'), true, 'is the stage offered? ' .. vim.inspect(labels))
end)

test(':Dfix explain', function()
  T.open(T.copy('explain') .. '/Dockerfile')
  T.findings()
  T.cursor('MAINTAINER')
  vim.cmd('Dfix explain')
  contains(T.float(), 'MAINTAINER', 'the page')
  vim.cmd('Dfix explain apt-merge')
  contains(T.float(), 'apt-get', 'the page of a rule that is named')
  vim.cmd('Dfix explain no-such-rule')
  wait_for('a message', function()
    return (T.told[1] or ''):find('no-such-rule', 1, true)
  end)
end)

test("the server's command to explain a rule opens a window", function()
  local client = T.open(T.copy('command') .. '/Dockerfile')
  local command = { title = 'Explain', command = 'dfix.explain', arguments = { 'apt-merge' } }
  if client.exec_cmd then
    client:exec_cmd(command, { bufnr = 0 })
  else
    client._exec_cmd(client, command, { bufnr = 0 })
  end
  contains(T.float(), 'apt-get', 'the page')
end)

test(':Dfix proof', function()
  T.open(T.copy('proof') .. '/Dockerfile')
  T.findings()
  T.cursor('MAINTAINER')
  vim.cmd('Dfix proof')
  equal(#T.float() > 20, true, 'does the proof say something?')
end)

test(':Dfix tree follows the text', function()
  T.open(T.copy('tree') .. '/Dockerfile')
  vim.cmd('Dfix tree')
  local view = wait_for('the window', function()
    return vim.iter(vim.api.nvim_list_bufs()):find(function(buffer)
      return vim.bo[buffer].filetype == 'dfixtree'
    end)
  end)
  local function tree()
    return table.concat(vim.api.nvim_buf_get_lines(view, 0, -1, false), '\n')
  end
  wait_for('the tree', function()
    return tree():find('builder', 1, true)
  end)
  vim.api.nvim_buf_set_lines(0, 1, 2, false, { 'FROM debian:12-slim AS quite_another' })
  vim.api.nvim_exec_autocmds('TextChanged', { buffer = 0 })
  wait_for('the new name', function()
    return tree():find('quite_another', 1, true)
  end)
  vim.cmd('bwipeout ' .. view)
end)

test(':Dfix verify shows what differs, and can be stopped', function()
  T.open(T.copy('verify') .. '/Dockerfile')
  local builders = vim.env.HOME .. '/bin/'
  vim.fn.writefile({}, builders .. 'hang-before')
  vim.cmd('Dfix verify')
  wait_for('the build', function()
    return vim.uv.fs_stat(builders .. 'hangs')
  end)
  vim.cmd('Dfix verify stop')
  wait_for('the end of the build', function()
    return vim.list_contains(T.told, '[info] dfix: verifying was stopped')
  end)
  vim.fn.delete(builders .. 'hang-before')
  local window = vim.api.nvim_get_current_win()
  vim.cmd('Dfix verify')
  local view = wait_for('the page', function()
    return vim.iter(vim.api.nvim_list_bufs()):find(function(buffer)
      return vim.startswith(vim.api.nvim_buf_get_name(buffer), 'dfix-page://')
    end)
  end)
  local page = table.concat(vim.api.nvim_buf_get_lines(view, 0, -1, false), '\n')
  contains(page, 'Built with docker 9.8.7', 'the page')
  contains(T.told[#T.told], 'verified, the fixed file builds the same image', 'the message')
  equal(vim.api.nvim_get_current_win(), window, 'the window')
  vim.cmd('bwipeout ' .. view)
end)

test(':Dfix restart', function()
  local before = T.open(T.copy('restart') .. '/Dockerfile')
  T.findings()
  vim.cmd('Dfix restart')
  wait_for('the new client', function()
    local clients = vim.lsp.get_clients({ name = 'dfix', bufnr = 0 })
    return #clients == 1 and clients[1].id ~= before.id
  end)
  equal(#vim.lsp.get_clients({ name = 'dfix', _uninitialized = true }), 1, 'servers that run')
  T.findings()
end)

test(':Dfix log', function()
  vim.cmd('Dfix log')
  contains(vim.api.nvim_buf_get_name(0), 'lsp.log', 'the name of the log')
  vim.cmd('bwipeout')
end)

test(':Dfix is completed, and says what it does not know', function()
  equal(vim.fn.getcompletion('Dfix ', 'cmdline'), { 'explain', 'fix', 'format', 'log', 'proof', 'restart', 'tree', 'verify' }, 'subcommands')
  equal(vim.fn.getcompletion('Dfix explain apt-m', 'cmdline'), { 'apt-merge' }, 'rules')
  equal(vim.fn.getcompletion('Dfix fix ', 'cmdline'), {}, 'what takes no argument')
  vim.cmd('Dfix nonsense')
  contains(T.told[1] or '', 'nonsense', 'the message')
  vim.cmd('Dfix fix this')
  contains(T.told[2] or '', 'too many arguments', 'the message')
end)

test(':checkhealth dfix', function()
  local folder = T.copy('health')
  vim.fn.writefile({ 'ignore = ["style"]' }, folder .. '/dfix.toml')
  T.open(folder .. '/Dockerfile')
  vim.cmd('checkhealth dfix')
  local report = T.text()
  vim.cmd('bwipeout!')
  equal(report:match('[^\n]*ERROR[^\n]*'), nil, 'errors')
  equal(report:match('[^\n]*WARNING[^\n]*'), nil, 'warnings')
  contains(report, vim.trim(T.dfix({ '--version' }, { 0 })), 'the report')
  contains(report, vim.fn.has('nvim-0.11') == 1 and ' of dfix ' or 'Client ', 'the report')
  contains(report, 'Configuration: ' .. folder .. '/dfix.toml', 'the report')
end)

test('the help file', function()
  local file = vim.api.nvim_get_runtime_file('doc/dfix.txt', false)[1]
  vim.cmd('helptags ' .. vim.fn.fnameescape(vim.fs.dirname(file)))
  for _, tag in ipairs({ 'dfix', ':Dfix', 'dfix-options', 'dfix-health', 'dfix.fix()' }) do
    vim.cmd('help ' .. tag)
    equal(vim.fs.basename(vim.api.nvim_buf_get_name(0)), 'dfix.txt', 'the help for ' .. tag)
    vim.cmd('helpclose')
  end
  -- Every tag that the text refers to exists.
  for tag in T.read(file):gmatch('|([^|%s]+)|') do
    equal(vim.list_contains(vim.fn.getcompletion(tag, 'help'), tag), true, 'is there a tag ' .. tag .. '?')
  end
  for _, name in ipairs(require('dfix.command').names()) do
    contains(T.read(file), '*:Dfix-' .. name .. '*', 'the help')
  end
end)
