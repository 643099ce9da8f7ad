# The mint nutshell (PyPI package cashu). nutshell/requirements.txt pins every version below it.
debian=(python3-venv)
tools=(python3:3.10)

version() { echo "0.20.2-$(hash_of nutshell/requirements.txt)"; }

# The folder is renamed afterwards, so the scripts in venv/bin do not run: use `venv/bin/python -m cashu.mint`.
build() {
  python3 -m venv "$out/venv"
  "$out/venv/bin/python" -m pip install --no-cache-dir --no-deps -r "$here/nutshell/requirements.txt"
  "$out/venv/bin/python" -m pip check
  "$out/venv/bin/python" -m pip uninstall -y pip
  cd "$scratch"                                  # it reads .env from there and from the home folder
  HOME=$scratch MINT_BACKEND_BOLT11_SAT=FakeWallet MINT_PRIVATE_KEY=x "$out/venv/bin/python" -c 'import cashu.mint.app'
}
