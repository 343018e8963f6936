;;; eglot.el --- tests of editors/emacs in a batch Emacs  -*- lexical-binding: t; -*-

;; emacs -Q --batch -l eglot.el, with `dfix-eglot' and `dockerfile-mode' on the load path, and the environment variables PROJECT (a folder
;; that the tests may change) and DFIX (the binary).

(require 'ert)
(require 'dockerfile-mode)
(require 'dfix-eglot)

(setq eglot-sync-connect 10
      eglot-autoshutdown nil
      make-backup-files nil
      create-lockfiles nil)

(defun dfix-test-wait (what condition)
  "Wait until the function CONDITION returns something, and return it; WHAT says for what."
  (let ((tries 0) value)
    (while (and (not (setq value (funcall condition))) (< tries 200))
      (accept-process-output nil 0.05)
      (setq tries (1+ tries)))
    (or value (ert-fail (format "waited in vain for %s" what)))))

(defun dfix-test-copy (name)
  "A copy of the project for the test NAME."
  (let ((folder (expand-file-name (concat "copy-" name) (getenv "PROJECT"))))
    (make-directory folder)
    (dolist (file '("Dockerfile" "unformatted.Dockerfile" "app.py"))
      (copy-file (expand-file-name file (getenv "PROJECT")) (file-name-as-directory folder)))
    folder))

(defun dfix-test-bytes (path)
  (with-temp-buffer
    (set-buffer-multibyte nil)
    (insert-file-contents-literally path)
    (buffer-string)))

(defun dfix-test-run (&rest arguments)
  "Run the binary with ARGUMENTS; its output."
  (with-temp-buffer
    (let ((status (apply #'call-process (getenv "DFIX") nil (list t nil) nil arguments)))
      (unless (memq status '(0 1))
        (ert-fail (format "dfix %s: status %s" arguments status))))
    (buffer-string)))

(defmacro dfix-test-in (name file &rest body)
  "Open FILE of a copy of the project for the test NAME, with its server, and run BODY there, where `folder' is the copy."
  (declare (indent 2))
  `(let ((folder (dfix-test-copy ,name)))
     (with-current-buffer (find-file-noselect (expand-file-name ,file folder))
       (switch-to-buffer (current-buffer))
       (should (eq major-mode 'dockerfile-mode))
       (unless (eglot-current-server) (call-interactively #'eglot))
       ;; The command may come back before the server has answered.
       (dfix-test-wait "the server" #'eglot-current-server)
       (should (cl-typep (eglot-current-server) 'dfix-eglot-server))
       (flymake-mode 1)
       ;; The buffer stays, as answers for it may still be under way.
       (unwind-protect (progn ,@body)
         (set-buffer-modified-p nil)))))

(defun dfix-test-findings ()
  (dfix-test-wait "findings" #'flymake-diagnostics))

(defun dfix-test-go (text)
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(ert-deftest dfix-findings ()
  "The findings are those of the binary, each once."
  (dfix-test-in "findings" "Dockerfile"
    (let ((shown (cl-loop for finding in (dfix-test-findings)
                          for place = (plist-get (cdr (assq 'eglot-lsp-diag (flymake-diagnostic-data finding))) :code)
                          collect (format "%d %s" (line-number-at-pos (flymake-diagnostic-beg finding)) place)))
          (found (cl-loop for finding across
                          (alist-get 'findings
                                     (elt (alist-get 'files (json-parse-string (dfix-test-run "--format" "json" buffer-file-name)
                                                                               :object-type 'alist))
                                          0))
                          collect (format "%d %s" (alist-get 'line (alist-get 'start finding)) (alist-get 'rule finding)))))
      (should (equal (sort shown #'string<) (sort found #'string<))))))

(ert-deftest dfix-code-action ()
  "A code action fixes one finding."
  (dfix-test-in "action" "Dockerfile"
    (dfix-test-findings)
    (dfix-test-go "ADD app.py")
    (let* ((actions (append (eglot-code-actions (line-beginning-position) (line-end-position) "quickfix") nil))
           (action (cl-find-if (lambda (action) (eq t (plist-get action :isPreferred))) actions)))
      (should action)
      (dfix--apply (eglot-current-server) action))
    (should (equal (buffer-substring (line-beginning-position) (line-end-position)) "COPY app.py /src/"))))

(ert-deftest dfix-fixes-as-the-binary ()
  "`dfix-fix-all' and a save give what \"dfix --write\" gives."
  (let ((other (dfix-test-copy "fix-by-the-binary")))
    (dfix-test-run "--write" (expand-file-name "Dockerfile" other))
    (dfix-test-in "fix" "Dockerfile"
      (should (dfix-fix-all))
      (save-buffer)
      (should (equal (dfix-test-bytes buffer-file-name) (dfix-test-bytes (expand-file-name "Dockerfile" other))))
      (should-not (dfix-fix-all)))))

(ert-deftest dfix-fixes-on-save ()
  "`dfix-fix-on-save-mode' fixes before a save."
  (dfix-test-in "save" "Dockerfile"
    (dfix-fix-on-save-mode 1)
    (goto-char (point-max))
    (insert "# a last word\n")
    (save-buffer)
    (should (equal (dfix-test-run "--diff" buffer-file-name) ""))))

(ert-deftest dfix-hover ()
  "Eldoc is told what an instruction is."
  (dfix-test-in "hover" "Dockerfile"
    (dfix-test-go "WORKDIR")
    (let (told)
      (eglot-hover-eldoc-function (lambda (text &rest _) (setq told (or text told))))
      (dfix-test-wait "the documentation" (lambda () told))
      (should (string-match-p "WORKDIR" told)))))

(ert-deftest dfix-rename ()
  "A rename changes all places of a stage."
  (dfix-test-in "rename" "Dockerfile"
    (dfix-test-go "builder /src")
    (eglot-rename "compiled")
    (dfix-test-go "AS compiled")
    (dfix-test-go "--from=compiled")))

(ert-deftest dfix-format ()
  "Formatting gives what \"dfix fmt\" gives."
  (let ((other (expand-file-name "unformatted.Dockerfile" (dfix-test-copy "format-by-the-binary"))))
    (dfix-test-run "fmt" "--write" other)
    (dfix-test-in "format" "unformatted.Dockerfile"
      (eglot-format-buffer)
      (save-buffer)
      (should (equal (dfix-test-bytes buffer-file-name) (dfix-test-bytes other))))))

(defun dfix-test-page (part)
  "Wait for a page that contains PART, and close it."
  (let ((page (dfix-test-wait
               (format "a page with %S" part)
               (lambda ()
                 (cl-find-if (lambda (buffer)
                               (and (string-prefix-p "*dfix" (buffer-name buffer))
                                    (with-current-buffer buffer (string-match-p (regexp-quote part) (buffer-string)))))
                             (buffer-list))))))
    (kill-buffer page)))

(ert-deftest dfix-pages ()
  "Rules are explained, by command and by the server's own; proofs and trees are shown."
  (dfix-test-in "pages" "Dockerfile"
    (dfix-test-findings)
    (dfix-test-go "MAINTAINER")
    (call-interactively #'dfix-explain)
    (dfix-test-page "MAINTAINER")
    (let ((command '(:title "Explain" :command "dfix.explain" :arguments ["apt-merge"])))
      (if (fboundp 'eglot-execute)
          (eglot-execute (eglot-current-server) command)
        (eglot-execute-command (eglot-current-server) 'dfix.explain ["apt-merge"])))
    (dfix-test-page "apt-get")
    (should-error (dfix-explain "no-such-rule"))
    (dfix-test-go "MAINTAINER")
    (dfix-proof)
    (dfix-test-page "")
    (dfix-syntax-tree)
    (dfix-test-page "builder")
    (should (member "apt-merge" (dfix--all-rules)))))

(ert-deftest dfix-builds ()
  "A buffer is verified by a builder, which is a script here, and that can be stopped."
  (dfix-test-in "verify" "Dockerfile"
    (let* ((builders (expand-file-name "bin/" (getenv "HOME")))
           (hang (expand-file-name "hang-before" builders))
           (messages (lambda (text) (with-current-buffer (messages-buffer) (string-search text (buffer-string))))))
      (write-region "" nil hang)
      (dfix-verify)
      (dfix-test-wait "the build" (lambda () (file-exists-p (expand-file-name "hangs" builders))))
      (dfix-verify-stop)
      (dfix-test-wait "the end of the build" (lambda () (funcall messages "Verifying was stopped")))
      (delete-file hang)
      (dfix-verify)
      (dfix-test-page "Built with docker 9.8.7"))))

(ert-deftest dfix-options-reach-the-server ()
  "What `dfix-options' ignores is not found."
  ;; A project of its own has a server of its own, which starts with these options.
  (let ((dfix-options '(:settings (:ignore ["add-to-copy"]))))
    (let ((project (expand-file-name "other-project" (getenv "PROJECT"))))
      (make-directory (expand-file-name ".git" project) t)
      (let ((process-environment (cons (concat "PROJECT=" project) process-environment)))
        (dolist (file '("Dockerfile" "unformatted.Dockerfile" "app.py"))
          (copy-file (expand-file-name (concat "../" file) project) (file-name-as-directory project)))
        (dfix-test-in "options" "Dockerfile"
          (dfix-test-findings)
          (dfix-test-go "ADD app.py")
          (should-not (dfix--rules-here))
          (eglot-shutdown (eglot-current-server)))))))

(ert-deftest dfix-compiles-without-warning ()
  "The package is compiled without a warning."
  (let* ((compiled (make-temp-file "dfix-eglot" nil ".elc"))
         (byte-compile-dest-file-function (lambda (_) compiled))
         (byte-compile-error-on-warn t))
    (unwind-protect (should (byte-compile-file (locate-library "dfix-eglot.el")))
      (delete-file compiled))))

(message "Emacs %s" emacs-version)
(ert-run-tests-batch-and-exit)
;;; eglot.el ends here
