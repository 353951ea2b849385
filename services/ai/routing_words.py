"""Words that show complaints, small talk and weighty questions, in English, Spanish, French and Portuguese. Data.

Written as `shared.text.phrases.folded` makes them.
"""

_COMPLAINTS = """
angry awful broken cheated complain complaint damaged defective disappointed disappointing disgusting fraud
furious horrible late lied missing never nobody pathetic refund ridiculous rude scam scammed stolen terrible
unacceptable unhappy upset useless wrong worst lawyer police sue
danado decepcionado defectuoso enojado equivocado estafa falta furioso horrible inaceptable malo nunca pesimo
queja quejarme reclamo reembolso roto terrible abogado
abime arnaque casse decu defectueux inacceptable jamais manquant nul plainte pire rembourser remboursement retard
scandaleux avocat
absurdo atrasado defeito devolvam golpe inaceitavel pessimo pior quebrado reclamacao reclamar reembolso triste
advogado
"""
COMPLAINTS = frozenset(_COMPLAINTS.split())

_SMALL_TALK = """
hi hello hey hiya thanks thank you thx ok okay yes no good morning afternoon evening day great cool nice perfect bye
please much very a lot so sure fine welcome
hola gracias muchas buenos buenas dias tardes noches si vale listo adios perfecto
bonjour bonsoir salut merci beaucoup oui non d accord parfait au revoir
oi ola obrigado obrigada bom boa dia tarde noite sim nao tchau perfeito muito
"""
SMALL_TALK = frozenset(_SMALL_TALK.split())

_WEIGHING = """
why compare comparison difference better best recommend recommendation advice advise suggest which versus vs explain
problem issue trouble warranty guarantee return cancel exchange change policy contract invoice
porque comparar diferencia mejor recomienda recomiendas recomendacion consejo explicar problema garantia devolver
cancelar cambiar factura
pourquoi comparer difference mieux meilleur recommander conseil expliquer probleme garantie retourner annuler
echanger facture
comparar diferenca melhor recomenda recomendacao conselho explicar problema garantia devolver cancelar trocar fatura
"""
WEIGHING = frozenset(_WEIGHING.split())
"""They ask for thought, or for care, rather than for a fact."""
