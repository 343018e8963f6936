;;; dfix-eglot.el --- Dockerfiles: findings, proven fixes, refactorings  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0
;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1") (eglot "1.9"))
;; Keywords: languages, tools

;;; Commentary:

;; Makes Eglot start the language server of dfix for Dockerfiles, and adds commands for what a plain client lacks:
;;
;;   `dfix-fix-all'            apply all safe fixes, as "dfix --write" does
;;   `dfix-explain'            why a rule is there, how, and what makes its fix safe
;;   `dfix-proof'              what proves the fix at point
;;   `dfix-syntax-tree'        the syntax tree
;;   `dfix-verify'             build it before and after its safe fixes, and show what differs
;;   `dfix-verify-stop'        stop that
;;   `dfix-fix-on-save-mode'   apply the safe fixes before each save
;;
;; Fixes and rewrites of a single place are Eglot's own `eglot-code-actions'; formatting is `eglot-format-buffer'.
;;
;;   (require 'dfix-eglot)
;;   (add-hook 'dockerfile-mode-hook #'eglot-ensure)
;;   (add-hook 'dockerfile-ts-mode-hook #'eglot-ensure)

;;; Code:

(require 'cl-lib)
(require 'eglot)
(require 'flymake)
(require 'subr-x)

(defgroup dfix nil
  "Dockerfiles: findings and proven fixes."
  :group 'tools
  :prefix "dfix-")

(defcustom dfix-command '("dfix" "lsp")
  "The program that is the language server, and its arguments."
  :type '(repeat string))

(defcustom dfix-options nil
  "What the server is told at its start, as a plist.
For example (:unsafeFixes :json-false :settings (:ignore [\"DL3008\"])).
The keys are described in docs/lsp.md of dfix."
  :type 'plist)

;;;; The server

(defclass dfix-eglot-server (eglot-lsp-server) ()
  :documentation "The language server of dfix.")

(cl-defmethod eglot-initialization-options ((_server dfix-eglot-server))
  "What the user has set in `dfix-options'."
  (or dfix-options (make-hash-table)))

(defun dfix--contact (&rest _)
  "How Eglot reaches the server."
  (cons 'dfix-eglot-server dfix-command))

(add-to-list 'eglot-server-programs
             '((dockerfile-mode dockerfile-ts-mode) . dfix--contact))

;; The server offers "explain this rule" as a code action; its command is the client's, as only the client has windows. Eglot
;; has a generic function for that, which has another name and other arguments in Emacs 30 and later.
(if (fboundp 'eglot-execute)
    (cl-defmethod eglot-execute ((_server dfix-eglot-server) action)
      "Show the page of a rule when ACTION asks for it."
      (if (equal (plist-get action :command) "dfix.explain")
          (dfix-explain (elt (plist-get action :arguments) 0))
        (cl-call-next-method)))
  (with-suppressed-warnings ((obsolete eglot-execute-command))
    (cl-defmethod eglot-execute-command
      ((_server dfix-eglot-server) (_command (eql 'dfix.explain)) arguments)
      "Show the page of the rule that ARGUMENTS names."
      (dfix-explain (elt arguments 0)))))

(defun dfix--server ()
  "The server of the current buffer; an error when there is none."
  (let ((server (eglot-current-server)))
    (unless (cl-typep server 'dfix-eglot-server)
      (user-error "No dfix server for this buffer: M-x eglot starts one"))
    server))

;;;; Fixes

(defvar eglot-confirm-server-edits)

(defconst dfix--edits-have-origin (boundp 'eglot-confirm-server-edits)
  "Whether Eglot wants to know who asks for an edit.
Before that it wanted to know whether to ask the user.")

(defun dfix--apply (server action)
  "Apply ACTION of SERVER, whose edit may have to be asked for, without a question."
  (let ((eglot-confirm-server-edits nil)
        (inhibit-message t))
    (unless (plist-get action :edit)
      (setq action (jsonrpc-request server :codeAction/resolve action)))
    (when-let ((edit (plist-get action :edit)))
      (apply #'eglot--apply-workspace-edit edit
             (and dfix--edits-have-origin '(dfix-fix-all))))))

;;;###autoload
(defun dfix-fix-all ()
  "Apply all safe fixes to the buffer, as \"dfix --write\" would to the file.
Return whether something was changed."
  (interactive)
  (let ((server (dfix--server))
        (before (buffer-chars-modified-tick)))
    (dolist (action (append (eglot-code-actions (point-min) (point-max) "source.fixAll.dfix") nil))
      (unless (plist-get action :disabled)
        (dfix--apply server action)))
    (let ((changed (/= before (buffer-chars-modified-tick))))
      (when (called-interactively-p 'interactive)
        (message (if changed "Safe fixes applied" "No safe fix to apply")))
      changed)))

(defun dfix--before-save ()
  "Apply the safe fixes where a server runs."
  (when (cl-typep (eglot-current-server) 'dfix-eglot-server)
    (dfix-fix-all)))

;;;###autoload
(define-minor-mode dfix-fix-on-save-mode
  "Apply the safe fixes of dfix before each save."
  :lighter " dfix"
  (if dfix-fix-on-save-mode
      (add-hook 'before-save-hook #'dfix--before-save nil t)
    (remove-hook 'before-save-hook #'dfix--before-save t)))

;;;; Pages

(defun dfix--show (name text &optional mode)
  "Show TEXT in a help window of the buffer NAME.
Its mode is MODE when there is such a mode."
  (with-help-window name
    (with-current-buffer standard-output
      (when (and mode (fboundp mode))
        (funcall mode))
      (let ((inhibit-read-only t))
        (insert text)))))

(defun dfix--show-page (page)
  "Show PAGE, a plist with a title and a text in Markdown."
  (dfix--show (format "*dfix: %s*" (plist-get page :title)) (plist-get page :markdown) 'gfm-view-mode))

(defun dfix--rules-here ()
  "The rules of the findings on the line of point, each once."
  (delete-dups
   (cl-loop for finding in (flymake-diagnostics (line-beginning-position) (line-end-position))
            for code = (plist-get (cdr (assq 'eglot-lsp-diag (flymake-diagnostic-data finding))) :code)
            when code collect (format "%s" code))))

(defun dfix--all-rules ()
  "The ids of all rules, as the binary lists them."
  (cl-loop for line in (ignore-errors (cdr (process-lines (car dfix-command) "rules")))
           when (string-match "\\`[a-z][a-z0-9-]*" line)
           collect (match-string 0 line)))

;;;###autoload
(defun dfix-explain (rule)
  "Show the page of RULE: why, how, and what makes its fix safe."
  (interactive
   (let ((here (dfix--rules-here)))
     (list (if (and here (null (cdr here)) (not current-prefix-arg))
               (car here)
             (completing-read "Rule: " (delete-dups (append here (dfix--all-rules))) nil nil nil nil (car here))))))
  (let ((page (jsonrpc-request (dfix--server) :dfix/explain (list :rule rule))))
    (if page (dfix--show-page page) (user-error "There is no rule %s" rule))))

;;;###autoload
(defun dfix-proof ()
  "Show what proves that the fix at point keeps the image, or why it is not proven."
  (interactive)
  (let ((page (jsonrpc-request (dfix--server) :dfix/proof
                               (list :textDocument (eglot--TextDocumentIdentifier)
                                     :position (eglot--pos-to-lsp-position)))))
    (if page (dfix--show-page page) (user-error "No finding here"))))

;;;###autoload
(defun dfix-syntax-tree ()
  "Show the syntax tree of the buffer."
  (interactive)
  (dfix--show (format "*dfix tree: %s*" (buffer-name))
              (jsonrpc-request (dfix--server) :dfix/syntaxTree (list :textDocument (eglot--TextDocumentIdentifier)))))

;;;; Real builds

(defvar-local dfix--build nil
  "The token of the build that the buffer was last verified with.")

(defvar dfix--builds 0
  "Counts the builds.")

;;;###autoload
(defun dfix-verify ()
  "Build the buffer as it is and with its safe fixes, and show what differs.
The builder is Docker, Podman or Buildah.  Nothing else runs what the
buffer says; `dfix-verify-stop' stops it."
  (interactive)
  (let ((server (dfix--server))
        (token (format "dfix-build-%d" (cl-incf dfix--builds))))
    (jsonrpc-async-request
     server :dfix/verify
     (list :textDocument (eglot--TextDocumentIdentifier) :workDoneToken token)
     :timeout nil
     :success-fn (lambda (result)
                   (if (null result)
                       (message "Verifying was stopped")
                     (dfix--show-page result)
                     (message "%s" (plist-get result :message))))
     :error-fn (lambda (failure)
                 (message "Not verified: %s" (plist-get failure :message))))
    (setq dfix--build token)
    (message "Verifying; M-x dfix-verify-stop stops it")))

;;;###autoload
(defun dfix-verify-stop ()
  "Stop verifying the buffer."
  (interactive)
  (jsonrpc-notify (dfix--server) :window/workDoneProgress/cancel (list :token dfix--build)))

(provide 'dfix-eglot)
;;; dfix-eglot.el ends here
