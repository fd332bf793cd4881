// Demo mode alone: a click on an account fills in the form.

const password = document.getElementById("demo-password").textContent;

for (const account of document.querySelectorAll("[data-email]")) {
  account.addEventListener("click", () => {
    document.getElementById("email").value = account.dataset.email;
    document.getElementById("password").value = password;
    document.querySelector("form .button-main").focus();
  });
}
