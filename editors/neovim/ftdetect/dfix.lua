-- Neovim knows Dockerfile, Containerfile, either with a suffix, and *.Dockerfile. These are the names that `dfix` takes besides.
vim.filetype.add({
  extension = {
    Containerfile = 'dockerfile',
    containerfile = 'dockerfile',
  },
  filename = {
    containerfile = 'dockerfile',
  },
  pattern = {
    -- An ignore file that belongs to one Dockerfile (`Dockerfile.dockerignore`) is no Dockerfile.
    ['.*%.dockerignore'] = { 'gitignore', { priority = 100 } },
  },
})
